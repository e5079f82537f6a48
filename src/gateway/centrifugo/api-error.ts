import { RPCError } from "../../protocol/index.js";

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

/** Centrifugo's errors for what is wrong with a request or with its own configuration. */
const REFUSED = new Map([
  [102, "the channel's namespace is not in Centrifugo's configuration"],
  [107, "Centrifugo does not take this"],
  [108, "the channel's namespace does not have what this needs"],
  [112, "the history does not reach back to this position"],
]);

/** What went wrong with the broker, as callers may be told it: with a code of the error table. */
export function brokerError(thrown: unknown): RPCError {
  if (!(thrown instanceof CentrifugoApiError)) return RPCError.from(thrown);
  const { code, message } = thrown;
  const refused = code === undefined ? undefined : REFUSED.get(code);
  const cause = { cause: thrown };
  if (refused === undefined) return RPCError.of("unavailable", message, undefined, cause);
  return RPCError.of("invalid_params", `${refused} (${message})`, undefined, cause);
}
