import { randomUUID } from "node:crypto";

/** A client's call, or a publication through the gateway. */
export type CallLogKind = "call" | "publish";

/** The state of a call or publication. `partial`: some acknowledgements came in time. */
export type CallLogStatus = "pending" | "success" | "failed" | "timeout" | "cancelled" | "partial";

/** All values of {@link CallLogStatus}. */
export const CALL_LOG_STATUSES = [
  "pending",
  "success",
  "failed",
  "timeout",
  "cancelled",
  "partial",
] as const satisfies readonly CallLogStatus[];

/** The columns that are the same in the database and for readers. */
interface CommonColumns {
  /** Identifies the row: a UUIDv7, so keys are in the order of `created_at`. */
  key: string;
  /** The correlation ID of a call, unique among a user's calls; the message ID of a publication. */
  id: string;
  kind: CallLogKind;
  /** The method of a call, the channel of a publication. */
  target: string;
  /** The caller. Null for publications. */
  user_id: string | null;
  /** The caller's connection. Null for publications. */
  client_id: string | null;
  /** The trace that the call belongs to: 32 hexadecimal digits. */
  trace_id: string | null;
  status: CallLogStatus;
  /** The code of the error table or the application's own. Null without an error. */
  error_code: number | null;
  error_message: string | null;
  /** The number of acknowledgements that the publisher waited for. */
  acks_expected: number | null;
  acks_received: number | null;
  /** How often the caller sent the call. */
  attempts: number;
  /** Milliseconds. Null while pending. */
  duration_ms: number | null;
  /** The gateway that ran it. */
  gateway: string;
}

/** A row in the database. */
export interface StoredRow extends CommonColumns {
  /** The params of a call or the data of a publication, as JSON. */
  params: string | null;
  result: string | null;
  error_details: string | null;
  wait_for_ack: boolean;
  /** Milliseconds since 1970. */
  created_at: number;
  finished_at: number | null;
}

/** A row of the call log, as the HTTP API and `logs --json` return it. */
export interface CallLogRow extends CommonColumns {
  /** The params of a call or the data of a publication, redacted; null if there were none. */
  params: unknown;
  /** The result of a call, redacted. */
  result: unknown;
  /** The details of an error, redacted. */
  error_details: unknown;
  /** Whether a publication waits for acknowledgements. */
  wait_for_ack: boolean;
  /** When it began: ISO 8601 in UTC. */
  created_at: string;
  /** When it ended. Null while pending. */
  finished_at: string | null;
}

const last = { milliseconds: 0, count: 0 };

/**
 * The key of a new row: a UUIDv7 with a counter in its first random bits, so that rows of one
 * millisecond keep their order. Made from a v4, which Node.js generates in batches.
 *
 * See https://www.rfc-editor.org/rfc/rfc9562#name-monotonicity-and-counters
 */
export function newKey(milliseconds: number): string {
  last.count = milliseconds === last.milliseconds ? Math.min(last.count + 1, 0xfff) : 0;
  last.milliseconds = milliseconds;
  const count = last.count.toString(16).padStart(3, "0");
  return `${lowestKeyAt(milliseconds).slice(0, 14)}7${count}${randomUUID().slice(18)}`;
}

/** The lowest key of a millisecond: rows that began before it have lower keys. */
export function lowestKeyAt(milliseconds: number): string {
  const hex = Math.max(0, Math.floor(milliseconds)).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
