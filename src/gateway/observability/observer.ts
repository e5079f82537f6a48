import type { RPCError } from "../../protocol/index.js";

/**
 * Listens to what a gateway does: log lines, metrics and the call log are observers. Every method is
 * optional. It runs in the middle of a call, so it must be quick and do no I/O of its own. What it
 * throws is logged and changes nothing.
 */
export interface GatewayObserver {
  /** A call begins that this gateway runs. The returned watch follows it. */
  callStarted?(call: StartedCall): CallWatch | undefined;
  /** A call was answered with an error before it began; no {@link callStarted} came before. */
  callRefused?(call: RefusedCall): void;
  /** A caller had closed its request before the call started, or before its inline reply. */
  callerGone?(call: GoneCaller): void;
  /** The reply of a deferred call was published, or could not be. */
  replyPublished?(reply: PublishedReply): void;
  /** A publication through the gateway begins. The returned watch follows it. */
  publicationStarted?(publication: StartedPublication): PublicationWatch | undefined;
  /** A client acknowledged a publication of this or of another gateway. */
  ackReceived?(ack: ReceivedAck): void;
  /** An HTTP request was refused before it was understood. */
  requestRefused?(request: RefusedRequest): void;
}

/** A call that begins. Its params are what was sent: they are not checked yet. */
export interface StartedCall {
  readonly correlationId: string;
  /** The name that the caller sent: see {@link known}. */
  readonly method: string;
  /** Whether the method has a handler. Callers can invent any number of other names. */
  readonly known: boolean;
  readonly userId: string;
  readonly clientId: string;
  /** How the caller is connected, as Centrifugo names it: `websocket`, … */
  readonly transport: string;
  readonly params: unknown;
  /** 1 for the first sending of the call. */
  readonly attempt: number;
  readonly startedAt: Date;
  readonly deadline: Date;
  /** The caller's trace, as in the envelope. */
  readonly traceparent?: string;
  readonly tracestate?: string;
}

/** Follows one call. */
export interface CallWatch {
  /** The call was sent again, as this attempt, while it runs. */
  repeated?(attempt: number): void;
  /** The caller was answered that the reply comes later. */
  deferred?(): void;
  /** The call has its reply. Called exactly once. */
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
  /** The trace that the call belongs to, if it is traced. */
  readonly traceId?: string;
}

/** A call that was not run. */
export interface RefusedCall {
  readonly method: string;
  readonly userId: string;
  /** The code of the error table. */
  readonly code: number;
}

/** A call whose caller does not get its reply. */
export interface GoneCaller {
  readonly method: string;
  readonly userId: string;
  /** Whether the call was started; else it did not run. */
  readonly started: boolean;
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

/** Follows one publication. */
export interface PublicationWatch {
  /** One more acknowledgement counts. */
  acknowledged?(ack: ReceivedAck): void;
  /** The publication is over. Called exactly once. */
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
