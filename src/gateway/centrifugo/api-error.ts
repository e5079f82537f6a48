import { RPCError } from "../../protocol/index.js";

/** The options of {@link CentrifugoApiError}. */
export interface CentrifugoApiErrorOptions extends ErrorOptions {
  code?: number;
  retryable?: boolean;
  outcomeUnknown?: boolean;
}

/** The API of Centrifugo, or of the embedded broker, refused a request or could not be reached. */
export class CentrifugoApiError extends Error {
  override readonly name = "CentrifugoApiError";
  /**
   * The number with which Centrifugo refused the request, see
   * https://centrifugal.dev/docs/server/server_api#error-codes; `CRPC_BROKER_UNAVAILABLE` when it
   * did not answer in its own form.
   */
  readonly code: number | "CRPC_BROKER_UNAVAILABLE";
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** Whether the request may have taken effect: it was sent, but not answered. */
  readonly outcomeUnknown: boolean;

  constructor(message: string, options: CentrifugoApiErrorOptions = {}) {
    super(message, options);
    this.code = options.code ?? "CRPC_BROKER_UNAVAILABLE";
    this.retryable = options.retryable ?? false;
    this.outcomeUnknown = options.outcomeUnknown ?? false;
  }
}

/** Centrifugo's errors for a wrong request or a wrong configuration. */
const REFUSED = new Map<number | string, string>([
  [102, "the channel's namespace is not in Centrifugo's configuration"],
  [107, "Centrifugo does not accept the request"],
  [108, "the channel's namespace does not enable this feature"],
  [112, "the history does not reach back to this position"],
]);

/** An error of the broker as callers may see it, with a code of the error table. */
export function brokerError(thrown: unknown): RPCError {
  if (!(thrown instanceof CentrifugoApiError)) return RPCError.from(thrown);
  const { code, message } = thrown;
  const refused = REFUSED.get(code);
  const cause = { cause: thrown };
  if (refused === undefined) return RPCError.of("unavailable", message, undefined, cause);
  return RPCError.of("invalid_params", `${refused} (${message})`, undefined, cause);
}
