import type { RPCError } from "../../protocol/index.js";

/**
 * Looks on while a gateway works: metrics, traces and the call log are observers. Every method is
 * optional, is called in the middle of a call and so must be quick: it does no I/O of its own and
 * gives no promise. What it throws is logged and changes nothing.
 */
export interface GatewayObserver {
  /** A call begins that this gateway runs. What it gives is told how the call goes on. */
  callStarted?(call: StartedCall): CallWatch | undefined;
  /** A call was answered with an error before it began; no {@link callStarted} came before. */
  callRefused?(call: RefusedCall): void;
  /** The reply of a deferred call was published, or could not be. */
  replyPublished?(reply: PublishedReply): void;
  /** A publication through the gateway begins. What it gives is told how it ends. */
  publicationStarted?(publication: StartedPublication): PublicationWatch | undefined;
  /** A client acknowledged a publication of this or of another gateway. */
  ackReceived?(ack: ReceivedAck): void;
  /** An HTTP request was refused before it was understood. */
  requestRefused?(request: RefusedRequest): void;
}

/** A call that begins. Its params are what was sent: they are not checked yet. */
export interface StartedCall {
  readonly correlationId: string;
  /** What the caller wrote: see {@link known}. */
  readonly method: string;
  /** Whether there is a handler for the method. Callers can invent any number of other names. */
  readonly known: boolean;
  readonly userId: string;
  readonly clientId: string;
  /** In Centrifugo's words: `websocket`, … */
  readonly transport: string;
  readonly params: unknown;
  /** 1 for the first sending of the call. */
  readonly attempt: number;
  readonly startedAt: Date;
  readonly deadline: Date;
  /** The caller's trace, as it stood in the envelope. */
  readonly traceparent?: string;
  readonly tracestate?: string;
}

/** Follows one call that an observer was told of. */
export interface CallWatch {
  /** The trace that the call belongs to: 32 hexadecimal digits. It is added to its log lines. */
  readonly traceId?: string;
  /** The handler's span within it: 16 hexadecimal digits. It is added to its log lines, too. */
  readonly spanId?: string;
  /** The handler's span in W3C Trace Context, for what the handler calls: it becomes `conn`'s. */
  readonly traceparent?: string;
  /** What belongs to {@link traceparent}. */
  readonly tracestate?: string;
  /**
   * Runs the handler within a context of the observer's own, by calling `handler` once, before it
   * returns itself.
   */
  run?(handler: () => void): void;
  /** The call was sent again, as this attempt, while it runs. */
  repeated?(attempt: number): void;
  /** The caller was told that the reply comes later. */
  deferred?(): void;
  /** The call has its reply. Always comes, and once. */
  ended?(end: CallEnd): void;
}

/** How a call ended. */
export interface CallEnd {
  /** `timeout` for the code 408 and `cancelled` for 499. */
  readonly status: "success" | "failed" | "timeout" | "cancelled";
  /** The code of the error table or the application's own; 0 for a success. */
  readonly code: number;
  /** Of a success. */
  readonly result?: unknown;
  /** Of everything else; what a handler threw unexpectedly is its `cause`. */
  readonly error?: RPCError;
  readonly durationMs: number;
  /** Which sending of the call was the last. */
  readonly attempts: number;
  /** Whether the reply came on the user's channel. */
  readonly deferred: boolean;
  /** The trace that the call belongs to, if an observer knows. */
  readonly traceId?: string;
}

/** A call that was not run. */
export interface RefusedCall {
  readonly method: string;
  readonly userId: string;
  /** The code of the error table. */
  readonly code: number;
}

/** The publication of a deferred call's reply. */
export interface PublishedReply {
  readonly correlationId: string;
  readonly userId: string;
  readonly ok: boolean;
}

/** A publication that begins. */
export interface StartedPublication {
  readonly messageId: string;
  readonly channel: string;
  readonly data: unknown;
  /** Whether it waits for acknowledgements. */
  readonly waitForAck: boolean;
  /** How many acknowledgements it waits for; `undefined` when it waits for none. */
  readonly acksExpected?: number;
  readonly startedAt: Date;
}

/** Follows one publication that an observer was told of. */
export interface PublicationWatch {
  /** One more acknowledgement counts. */
  acknowledged?(ack: ReceivedAck): void;
  /** Nothing more is waited for. Always comes, and once. */
  ended?(end: PublicationEnd): void;
}

/** How a publication ended. */
export interface PublicationEnd {
  /** `partial`: some acknowledgements came in time; `timeout`: none; `failed`: not published. */
  readonly status: "success" | "partial" | "timeout" | "failed";
  readonly acksReceived: number;
  /** Known only now when it waits for all who are present. */
  readonly acksExpected?: number;
  /** Of a failure. */
  readonly error?: Error;
  readonly durationMs: number;
}

/** An acknowledgement. */
export interface ReceivedAck {
  readonly messageId: string;
  readonly userId: string;
  readonly clientId: string;
  /** `false` when nobody waits for it, or when it came before. */
  readonly accepted: boolean;
}

/** An HTTP request that was refused. */
export interface RefusedRequest {
  /** `proxy` for the requests of Centrifugo, `api` for those with an API key. */
  readonly routes: "proxy" | "api";
  readonly reason: "unauthenticated" | "malformed" | "too_large" | "rate_limited";
}
