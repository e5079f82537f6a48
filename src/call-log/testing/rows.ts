import { newKey, type StoredRow } from "../rows/row.js";

let made = 0;

/** A row that has ended, with what a test wants of it. */
export function row(columns: Partial<StoredRow> = {}): StoredRow {
  const created_at = columns.created_at ?? Date.now();
  return {
    key: newKey(created_at),
    id: `id-${++made}`,
    kind: "call",
    target: "tasks.get",
    user_id: "42",
    client_id: "c1",
    trace_id: null,
    status: "success",
    params: "{}",
    result: '{"ok":true}',
    error_code: null,
    error_message: null,
    error_details: null,
    wait_for_ack: false,
    acks_expected: null,
    acks_received: null,
    attempts: 1,
    duration_ms: 1.5,
    gateway: "gateway-1",
    created_at,
    finished_at: created_at + 2,
    ...columns,
  };
}
