/** What {@link CentrifugoApiError} knows. */
export interface CentrifugoApiErrorOptions extends ErrorOptions {
  code?: number;
  retryable?: boolean;
  outcomeUnknown?: boolean;
}

/** The API of Centrifugo, or of the embedded broker, refused a request or could not be reached. */
export class CentrifugoApiError extends Error {
  override readonly name = "CentrifugoApiError";
  /**
   * Why Centrifugo refused, see https://centrifugal.dev/docs/server/server_api#error-codes; left out
   * when it did not answer in its own words.
   */
  readonly code: number | undefined;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** Whether the request may have been carried out: it was sent, and no answer came. */
  readonly outcomeUnknown: boolean;

  constructor(message: string, options: CentrifugoApiErrorOptions = {}) {
    super(message, options);
    this.code = options.code;
    this.retryable = options.retryable ?? false;
    this.outcomeUnknown = options.outcomeUnknown ?? false;
  }
}
