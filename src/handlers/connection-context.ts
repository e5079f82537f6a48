import type { Logger } from "./logger.js";

/** The caller and the call: the first argument of every handler. */
export interface ConnectionContext {
  /** The caller, from the token that Centrifugo verified. */
  readonly userId: string;
  /** The ID of the caller's connection, a UUID assigned by Centrifugo. */
  readonly clientId: string;
  /** The transport of the connection, as Centrifugo names it: `websocket`, `http_stream`, … */
  readonly transport: string;
  /** The encoding of Centrifugo's client protocol: `json` or `protobuf`. */
  readonly protocol: string;
  /** The token's `meta` claim: data on the user that the caller can read but not change. */
  readonly meta: Readonly<Record<string, unknown>>;
  /** The method's name, like `tasks.get_stats`. */
  readonly method: string;
  /** Identifies the call in the client, in the logs and in the reply. */
  readonly correlationId: string;
  /** The key that the application gave the call; calls of a user with the same key are one call. */
  readonly idempotencyKey?: string | undefined;
  /** The time at which the caller stops waiting. */
  readonly deadline: Date;
  /**
   * Set by gateways: whether the call may have run before, in a gateway that is gone. `true` only if
   * the method is idempotent, or if its handler service remembers calls.
   */
  readonly mayHaveRun?: boolean | undefined;
  /** Aborts when the caller cancels, when the deadline passes, and when the server stops. */
  readonly signal: AbortSignal;
  /** The W3C Trace Context of this call, if any; pass it on to other services. */
  readonly traceparent?: string;
  /** Vendor data for {@link traceparent}. */
  readonly tracestate?: string;
  /** A logger that adds the method, the correlation ID and the user to every line. */
  readonly log: Logger;
}
