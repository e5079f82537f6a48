import type { Logger } from "./logger.js";

/** Who calls, and in which call: the first argument of every handler. */
export interface ConnectionContext {
  /** The caller, from the token that Centrifugo verified. */
  readonly userId: string;
  /** The ID of the caller's connection, a UUID made by Centrifugo. */
  readonly clientId: string;
  /** How the caller is connected, in Centrifugo's words: `websocket`, `http_stream`, … */
  readonly transport: string;
  /** The encoding of Centrifugo's client protocol: `json` or `protobuf`. */
  readonly protocol: string;
  /** The token's `meta` claim: data on the user that the caller can read in the token, not change. */
  readonly meta: Readonly<Record<string, unknown>>;
  /** The method's name, as in `tasks.get_stats`. */
  readonly method: string;
  /** Identifies the call in the client, in the logs and in the reply. */
  readonly correlationId: string;
  /** When the caller stops waiting. */
  readonly deadline: Date;
  /** Aborts when the caller cancels, when the deadline passes, and when the server stops. */
  readonly signal: AbortSignal;
  /** The trace of this call in W3C Trace Context, for what the handler calls; if there is one. */
  readonly traceparent?: string;
  /** What vendors add to {@link traceparent}. */
  readonly tracestate?: string;
  /** Adds the method, the correlation ID and the user to every line. */
  readonly log: Logger;
}
