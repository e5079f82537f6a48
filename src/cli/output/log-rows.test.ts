import { describe, expect, it } from "vitest";
import type { CallLogRow } from "../../call-log/index.js";
import { formatRow } from "./log-rows.js";

const row: CallLogRow = {
  key: "01a20a9a-b05c-7f72-be0b-b2cd47aca301",
  id: "id-1",
  kind: "call",
  target: "tasks.get",
  user_id: "42",
  client_id: "c1",
  trace_id: null,
  status: "success",
  params: {},
  result: {},
  error_code: null,
  error_message: null,
  error_details: null,
  wait_for_ack: false,
  acks_expected: null,
  acks_received: null,
  attempts: 1,
  duration_ms: 12.345,
  gateway: "gateway-1",
  created_at: "2026-01-31T12:00:00.250Z",
  finished_at: "2026-01-31T12:00:00.262Z",
};

describe("a row of the call log in a line", () => {
  it("contains the most important columns", () => {
    expect(formatRow(row)).toBe(
      "2026-01-31 12:00:00.250  success      12.3 ms  tasks.get  user 42  id-1",
    );
  });

  it("contains errors and unusual values", () => {
    const failed = {
      status: "failed",
      error_code: 400,
      error_message: "bad",
      attempts: 2,
    } as const;
    expect(formatRow({ ...row, ...failed })).toMatch(/failed .* id-1 {2}sent 2 times {2}400 bad$/);
    expect(formatRow({ ...row, status: "pending", duration_ms: null })).toMatch(
      /pending {12,}tasks/,
    );
    expect(formatRow({ ...row, duration_ms: 65_432 })).toContain(" 65.4 s ");
  });

  it("contains the acknowledgements of a publication", () => {
    const publication = { ...row, kind: "publish", target: "events:a", user_id: null } as const;
    expect(formatRow(publication)).toMatch(/ms {2}publish events:a {2}id-1$/);
    const acks = { wait_for_ack: true, acks_expected: 3, acks_received: 2 };
    expect(formatRow({ ...publication, ...acks })).toMatch(/id-1 {2}2\/3 acks$/);
    expect(formatRow({ ...publication, ...acks, acks_expected: null })).toContain("2/? acks");
  });

  it("escapes control characters of callers", () => {
    const hostile = "\u001B[2J\nfake line\r\u202Eevil\u009B31m";
    const line = formatRow({ ...row, target: hostile, error_code: 400, error_message: hostile });
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(line).toContain("\\u{1b}[2J\\u{a}fake line\\u{d}\\u{202e}evil\\u{9b}31m");
  });
});
