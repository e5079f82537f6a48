import { type FieldNames, redactedJson, Secrets, SensitiveParts } from "../../redaction/index.js";
import type { ContractMethod } from "../../protocol/index.js";
import { clip, errorColumns, type LoggedError } from "./error-columns.js";
import { type CallLogKind, type CallLogStatus, newKey, type StoredRow } from "./row.js";

/** Longer texts of callers are cut. */
const MAX_NAME_LENGTH = 255;

/** A call or a publication that begins. */
export interface LoggedStart {
  readonly kind: CallLogKind;
  /** The correlation ID of a call, the message ID of a publication. */
  readonly id: string;
  /** The method of a call, the channel of a publication. */
  readonly target: string;
  readonly userId?: string;
  readonly clientId?: string;
  /** The params of a call, the data of a publication: as they were sent. */
  readonly params: unknown;
  /** The schemas of the method, which may mark parts as sensitive. */
  readonly schemas?: Pick<ContractMethod, "params" | "result" | "errors"> | undefined;
  readonly waitForAck?: boolean;
  readonly acksExpected?: number | undefined;
  /** How often the caller has sent the call. Default 1. */
  readonly attempt?: number;
  readonly startedAt: Date;
}

/** How it ended. */
export interface LoggedEnd {
  readonly status: Exclude<CallLogStatus, "pending">;
  readonly result?: unknown;
  readonly error?: LoggedError | undefined;
  readonly durationMs: number;
  readonly attempts?: number;
  readonly acksExpected?: number | undefined;
  readonly acksReceived?: number;
  readonly traceId?: string | undefined;
}

/** A row from its beginning to its end. */
export interface LogEntry {
  /** Records how it ended. Never throws and never waits. */
  end(end: LoggedEnd): void;
}

/** What all rows of a call log share. */
export interface EntryContext {
  readonly gateway: string;
  readonly maxBytes: number;
  readonly names: FieldNames;
  readonly writer: { begin(row: StoredRow): void; end(row: StoredRow): void };
}

/** Records that something began. */
export function beginEntry(start: LoggedStart, context: EntryContext): LogEntry {
  const { schemas } = start;
  const parts = schemas && partsOf(schemas);
  const row: StoredRow = {
    key: newKey(start.startedAt.getTime()),
    id: clip(start.id, MAX_NAME_LENGTH),
    kind: start.kind,
    target: clip(start.target, MAX_NAME_LENGTH),
    user_id: start.userId === undefined ? null : clip(start.userId, MAX_NAME_LENGTH),
    client_id: start.clientId === undefined ? null : clip(start.clientId, MAX_NAME_LENGTH),
    trace_id: null,
    status: "pending",
    params: redactedJson(start.params, { ...context, parts: parts?.params }),
    result: null,
    error_code: null,
    error_message: null,
    error_details: null,
    wait_for_ack: start.waitForAck ?? false,
    acks_expected: start.acksExpected ?? null,
    acks_received: start.waitForAck ? 0 : null,
    attempts: start.attempt ?? 1,
    duration_ms: null,
    gateway: context.gateway,
    created_at: start.startedAt.getTime(),
    finished_at: null,
  };
  context.writer.begin(row);
  return {
    end(end) {
      const { error } = end;
      const { names } = context;
      const secrets = error && new Secrets(start.params, { names, parts: parts?.params });
      Object.assign(row, {
        status: end.status,
        trace_id: end.traceId ?? null,
        result: redactedJson(end.result, { ...context, parts: parts?.result }),
        ...(secrets &&
          errorColumns(error, secrets, { ...context, parts: parts?.errors.get(error.code) })),
        acks_expected: end.acksExpected ?? row.acks_expected,
        acks_received: end.acksReceived ?? row.acks_received,
        attempts: end.attempts ?? row.attempts,
        duration_ms: Math.round(end.durationMs * 1000) / 1000,
        finished_at: row.created_at + Math.round(end.durationMs),
      } satisfies Partial<StoredRow>);
      context.writer.end(row);
    },
  };
}

/** What a method's schemas mark as sensitive. */
interface MethodParts {
  readonly params: SensitiveParts | undefined;
  readonly result: SensitiveParts | undefined;
  /** By the error's code. */
  readonly errors: ReadonlyMap<number, SensitiveParts>;
}

const known = new WeakMap<object, MethodParts>();

function partsOf(schemas: NonNullable<LoggedStart["schemas"]>): MethodParts {
  let parts = known.get(schemas);
  if (!parts) {
    const errors = new Map<number, SensitiveParts>();
    for (const { code, details } of schemas.errors ?? []) {
      const marked = SensitiveParts.of(details);
      if (marked) errors.set(code, marked);
    }
    const params = SensitiveParts.of(schemas.params);
    parts = { params, result: SensitiveParts.of(schemas.result), errors };
    known.set(schemas, parts);
  }
  return parts;
}
