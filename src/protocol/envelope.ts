import { isObject } from "./json.js";
import type { ContractMethod } from "./contract.js";
import type { WireError } from "./errors.js";

/** The version of the protocol in docs/protocol.md that this package supports. */
export const PROTOCOL_VERSION = 1;

/** The methods of the protocol itself: no handler can have a name that starts with `$rpc.`. */
export const HELLO_METHOD = "$rpc.hello";
export const CANCEL_METHOD = "$rpc.cancel";
export const CALLS_METHOD = "$rpc.calls";
export const ACK_METHOD = "$rpc.ack";
export const CONTRACT_METHOD = "$rpc.contract";
export const RESERVED_METHOD_PREFIX = "$rpc.";

/** The channel of the pub/sub form: publications to it are calls. */
export const REQUESTS_CHANNEL = "rpc.requests";

/** How long a call without `timeout_ms` may take, in milliseconds. */
export const DEFAULT_TIMEOUT_MS = 30_000;

/** The longest time a call may take, in milliseconds; a larger `timeout_ms` is cut to it. */
export const MAX_TIMEOUT_MS = 300_000;

/** The data of Centrifugo's `rpc` command for one call. */
export interface CallEnvelope extends TraceContext {
  /** Marks the envelope and carries the protocol version. */
  $rpc: number;
  /** 1 to 128 of `A-Z a-z 0-9 . _ -`, unique among the user's calls; a UUIDv7 from the clients. */
  correlation_id: string;
  /** The method's params; absent means `{}`. */
  params?: unknown;
  /** Time left for the call on the caller's clock, in milliseconds. */
  timeout_ms?: number;
  /** 1 for the first sending, one more for each further sending of the same call. */
  attempt?: number;
  /** The gateway's epoch from `$rpc.hello` before the first sending. */
  epoch?: string;
  /**
   * 1 to 128 characters. Calls of the user with the same key run once within 24 hours, whichever
   * process sends them.
   */
  idempotency_key?: string;
}

/** The data of Centrifugo's `rpc` reply, or of a publication on `user#<id>`. */
export type ReplyEnvelope = { $rpc: number; correlation_id: string } & ReplyBody;

/** The call's end, or that it arrives later on the user's channel. */
export type ReplyBody = { result: unknown } | { error: WireError } | { pending: true };

/** The reply data of `$rpc.cancel`. */
export interface CancelReply {
  $rpc: number;
  /** Whether a running call was stopped; `false` if it is unknown or has ended. */
  cancelled: boolean;
}

/** The data of `$rpc.calls`: calls whose replies are pending, at most 100. */
export interface CallsRequest {
  $rpc: number;
  correlation_ids: string[];
}

/** The reply data of `$rpc.calls`. */
export interface CallsReply {
  $rpc: number;
  /** The calls that no gateway runs any more: send them again. */
  send_again: string[];
}

/** The reply data of `$rpc.hello`. */
export interface HelloReply {
  $rpc: number;
  /** The protocol versions that the gateway supports. */
  versions: number[];
  /** Changes when the gateway may have forgotten calls. */
  epoch: string;
  /** Whether the gateway recognizes a call that is sent again with its ID. */
  keeps_calls?: boolean;
  /** The largest WebSocket message that the broker accepts, in bytes. */
  max_message_bytes: number;
  /** The hash of the gateway's contract. If it differs from the client's, the client checks. */
  contract?: string;
}

/** The tags of a publication that the gateway wants acknowledged, and of no other. */
export const ACK_TAGS = { messageId: "rpc_message_id", ack: "rpc_ack" } as const;

/** Returns the ID of a publication to acknowledge; `undefined` for other publications. */
export function messageIdOf(tags: Readonly<Record<string, string>>): string | undefined {
  return (tags[ACK_TAGS.ack] === "1" && tags[ACK_TAGS.messageId]) || undefined;
}

/** The data of `$rpc.ack`: the application's callback for a publication has returned. */
export interface AckRequest {
  $rpc: number;
  /** The value of the publication's tag `rpc_message_id`. */
  message_id: string;
  /** 1 to 128 of `A-Z a-z 0-9 . _ -`, the same for one client object across its reconnects. */
  subscriber_id: string;
}

/** The reply data of `$rpc.ack`. */
export interface AckReply {
  $rpc: number;
  /** `false` if nobody waits for it anymore, or if it was acknowledged before. */
  accepted: boolean;
}

/** The data of `$rpc.contract`: methods of the client as hashes, or complete if requested. */
export interface ContractCheckRequest {
  $rpc: number;
  methods: Record<string, string | Omit<ContractMethod, "name">>;
}

/**
 * What the server's contract means for a method of an older client: calls work as before
 * (`compatible`), may fail or mean something else (`changed`), fail always (`removed`).
 */
export type ContractVerdict = "compatible" | "changed" | "removed";

/** The reply data of `$rpc.contract`. */
export interface ContractCheckReply {
  $rpc: number;
  /** Of the methods that differ. `unknown`: send the complete method. */
  verdicts: Record<string, ContractVerdict | "unknown">;
}

/** A call in the pub/sub form: the data of a publication to {@link REQUESTS_CHANNEL}. */
export interface PublishedCall {
  method: string;
  params?: unknown;
  correlation_id: string;
  /** Where the reply goes. The caller's own channel, which is also the default. */
  reply_to?: string;
  timeout_ms?: number;
}

/** What goes into a {@link CallEnvelope}. */
export type OutgoingCall = Omit<CallEnvelope, "$rpc" | "idempotency_key" | keyof TraceContext> & {
  idempotency_key?: string | undefined;
  trace?: TraceContext | undefined;
};

/** The trace that a call is part of (https://www.w3.org/TR/trace-context/). */
export interface TraceContext {
  traceparent?: string;
  tracestate?: string;
}

/** The data of the `rpc` command for a call. */
export function callEnvelope({ idempotency_key, trace, ...call }: OutgoingCall): CallEnvelope {
  return {
    $rpc: PROTOCOL_VERSION,
    ...call,
    ...(idempotency_key !== undefined && { idempotency_key }),
    ...(trace?.traceparent && { traceparent: trace.traceparent }),
    ...(trace?.tracestate && { tracestate: trace.tracestate }),
  };
}

/** Whether data of an `rpc` command is an envelope. Other data is the params of a plain call. */
export function isEnvelope(data: unknown): data is { $rpc: unknown } {
  return isObject(data) && "$rpc" in data;
}

/** Whether a text can be a correlation ID. */
export function isCorrelationId(value: unknown): value is string {
  return typeof value === "string" && /^[A-Za-z0-9._-]{1,128}$/.test(value);
}

/**
 * Reads a reply. Returns `undefined` for other data: other publications on the user's channel, and
 * replies of another protocol version.
 */
export function readReply(data: unknown): ReplyEnvelope | undefined {
  if (!isEnvelope(data) || data.$rpc !== PROTOCOL_VERSION) return undefined;
  const reply = data as Partial<Record<string, unknown>>;
  if (!isCorrelationId(reply["correlation_id"])) return undefined;
  const head = { $rpc: PROTOCOL_VERSION, correlation_id: reply["correlation_id"] };
  if (isWireError(reply["error"])) return { ...head, error: reply["error"] };
  if ("result" in reply) return { ...head, result: reply["result"] };
  if (reply["pending"] === true) return { ...head, pending: true };
  return undefined;
}

/** Reads the reply data of `$rpc.calls`: the calls to send again, none if the data is malformed. */
export function readSendAgain(data: unknown): string[] {
  const ids = isObject(data) ? data["send_again"] : undefined;
  return Array.isArray(ids) ? (ids as string[]) : [];
}

function isWireError(value: unknown): value is WireError {
  if (!isObject(value)) return false;
  const { code, message } = value;
  return typeof code === "number" && typeof message === "string";
}
