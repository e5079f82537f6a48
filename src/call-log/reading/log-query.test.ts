import { describe, expect, it } from "vitest";
import { CallLogQueryError } from "../errors.js";
import { type CallLogQuery, logQueryParams, readLogQuery } from "./log-query.js";

const read = (text: string): CallLogQuery => readLogQuery(new URLSearchParams(text));

describe("a query in a URL", () => {
  it("is read as written", () => {
    const query: Required<CallLogQuery> = {
      id: "01",
      kind: "call",
      method: "tasks.get",
      channel: "events:a b&c",
      user: "42",
      status: ["failed", "timeout"],
      since: new Date("2026-01-31T12:00:00.000Z"),
      until: new Date("2026-02-01T00:00:00.000Z"),
      finishedSince: new Date("2026-01-31T13:00:00.000Z"),
      minDurationMs: 12.5,
      limit: 7,
      cursor: "01a20a9a-b05c-7f72-be0b-b2cd47aca301",
    };
    expect(readLogQuery(logQueryParams(query))).toEqual(query);
    expect(read("")).toEqual({});
    expect(readLogQuery(logQueryParams({ minDurationMs: 0 }))).toEqual({ minDurationMs: 0 });
  });

  it("is rejected with every invalid parameter", () => {
    const wrong =
      "kind=x&status=failed,odd&since=yesterday&min_duration_ms=-1&limit=1001&cursor=1&user=&who=me";
    expect(() => read(wrong)).toThrow(CallLogQueryError);
    for (const name of new URLSearchParams(wrong).keys()) {
      expect(() => read(wrong)).toThrow(new RegExp(`\\b${name}: `));
    }
  });

  it.each([
    "limit=0",
    "limit=1.5",
    "limit=ten",
    "since=2026-01-31",
    "cursor='; DROP TABLE call_log",
  ])("is rejected: %s", (text) => {
    expect(() => read(text)).toThrow(CallLogQueryError);
  });
});
