import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CallLogError } from "../errors.js";
import { BatchWriter, type BatchWriterOptions } from "./batch-writer.js";
import type { StoredRow } from "../rows/row.js";
import type { WriteOutcome } from "../storage/log-store.js";
import { row } from "../testing/rows.js";
import { recordingLogger } from "../../../testing/recording-logger.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the writer of the call log", () => {
  it("opens the database immediately and writes the rows of an interval together", async () => {
    const { writer, batches } = setUp();
    await vi.advanceTimersByTimeAsync(0);
    expect(batches).toEqual([[]]);
    const rows = [row(), row(), row()];
    for (const each of rows) writer.end(each);
    await vi.advanceTimersByTimeAsync(249);
    expect(batches).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(batches.at(-1)).toEqual(rows);
    expect(writer.status()).toEqual({ state: "ok", written: 3, dropped: 0, backlog: 0 });
  });

  it("writes a row that begins and ends within the interval once", async () => {
    const { writer, batches } = setUp();
    const ended = row();
    writer.begin({ ...ended, status: "pending" });
    writer.end(ended);
    await vi.advanceTimersByTimeAsync(250);
    expect(batches.slice(1)).toEqual([[ended]]);
  });

  it("writes a longer call as pending, and again when it ends", async () => {
    const { writer, batches } = setUp();
    const ended = row();
    const pending: StoredRow = { ...ended, status: "pending" };
    writer.begin(pending);
    await vi.advanceTimersByTimeAsync(250);
    writer.end(ended);
    await vi.advanceTimersByTimeAsync(250);
    expect(batches.slice(1)).toEqual([[pending], [ended]]);
  });

  it("does not wait for the interval when a batch is full", async () => {
    const { writer, batches } = setUp({ batchRows: 2 });
    const rows = Array.from({ length: 5 }, () => row());
    await vi.advanceTimersByTimeAsync(0);
    for (const each of rows) writer.end(each);
    await vi.advanceTimersByTimeAsync(0);
    expect(batches.slice(1)).toEqual([rows.slice(0, 2), rows.slice(2, 4), rows.slice(4)]);
  });

  it("counts a row as written only after the commit", async () => {
    let commit = (_outcome: WriteOutcome): void => undefined;
    const { writer } = setUp({
      write: () => new Promise((resolve) => void (commit = resolve)),
    });
    commit({ written: 0, refused: [] });
    writer.end(row());
    await vi.advanceTimersByTimeAsync(250);
    expect(writer.status()).toMatchObject({ written: 0, backlog: 1 });
    commit({ written: 1, refused: [] });
    await vi.advanceTimersByTimeAsync(0);
    expect(writer.status()).toMatchObject({ written: 1, backlog: 0 });
  });

  it("keeps rows while the database is unavailable, backs off, and logs once", async () => {
    const { writer, batches, database, lines } = setUp();
    database.error = new Error("connection refused");
    const rows = [row(), row()];
    writer.end(rows[0]!);
    await vi.advanceTimersByTimeAsync(250);
    expect(writer.status()).toMatchObject({
      state: "failing",
      backlog: 1,
      lastError: { message: "connection refused", at: expect.any(String) },
    });
    await vi.advanceTimersByTimeAsync(20_000);
    const tries = batches.length;
    expect(tries).toBeLessThan(12);
    writer.end(rows[1]!);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(batches.length - tries).toBeLessThanOrEqual(2);
    expect(lines).toEqual([expect.objectContaining({ level: "error" })]);

    database.error = undefined;
    await vi.advanceTimersByTimeAsync(6000);
    expect(batches.slice(-2)).toEqual([[rows[0]], [rows[1]]]);
    expect(writer.status()).toMatchObject({ state: "ok", written: 2, dropped: 0, backlog: 0 });
    expect(lines.at(-1)).toMatchObject({
      level: "info",
      message: "the call log can be written again",
    });
  });

  it("retries opening an unavailable database even without rows", async () => {
    const { writer, database } = setUp({}, new Error("away"));
    await vi.advanceTimersByTimeAsync(100);
    expect(writer.status().state).toBe("failing");
    database.error = undefined;
    await vi.advanceTimersByTimeAsync(6000);
    expect(writer.status().state).toBe("ok");
  });

  it("is unusable when the database never could be opened for a lasting reason", async () => {
    const denied = new CallLogError("permission denied", "CRPC_CALL_LOG_UNUSABLE");
    const { writer, database, lines } = setUp({}, denied);
    await vi.advanceTimersByTimeAsync(100);
    expect(writer.status().state).toBe("unusable");
    expect(lines).toMatchObject([{ level: "error", reason: "permission denied" }]);
    expect(lines[0]?.message).toContain("CENTRIFUGO_LOG_DATABASE_URL");
    database.error = undefined;
    await vi.advanceTimersByTimeAsync(6000);
    expect(writer.status().state).toBe("ok");
    // All gateways would leave their balancer at once.
    database.error = denied;
    writer.end(row());
    await vi.advanceTimersByTimeAsync(300);
    expect(writer.status().state).toBe("failing");
  });

  it("limits log lines about a database that comes and goes", async () => {
    const { writer, database, lines } = setUp();
    for (let round = 0; round < 20; round++) {
      database.error = new Error("away");
      writer.end(row());
      await vi.advanceTimersByTimeAsync(300);
      database.error = undefined;
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(lines.map(({ level }) => level)).toEqual(["error", "info"]);
    expect(writer.status()).toMatchObject({ state: "ok", written: 20, dropped: 0 });
  });

  it("drops the oldest rows when the backlog is full, counts them, and logs once", async () => {
    const { writer, batches, database, lines } = setUp({ limits: { maxRows: 3, maxBytes: 1e9 } });
    database.error = new Error("away");
    await vi.advanceTimersByTimeAsync(0);
    const rows = Array.from({ length: 10 }, () => row());
    for (const each of rows) writer.end(each);
    expect(writer.status()).toMatchObject({ dropped: 7, backlog: 3 });
    expect(lines.filter(({ level }) => level === "warn")).toHaveLength(1);
    database.error = undefined;
    await vi.advanceTimersByTimeAsync(5000);
    expect(batches.at(-1)).toEqual(rows.slice(7));
    expect(writer.status()).toMatchObject({ written: 3, dropped: 7 });
  });

  it("drops rows when the backlog takes too much memory", () => {
    const { writer } = setUp({ limits: { maxRows: 1000, maxBytes: 10_000 } });
    for (let index = 0; index < 10; index++) writer.end(row({ params: "x".repeat(2000) }));
    expect(writer.status()).toMatchObject({ dropped: 6, backlog: 4 });
  });

  it("keeps the rows of running calls when the backlog is full", async () => {
    const { writer, batches } = setUp({ limits: { maxRows: 2, maxBytes: 1e9 } });
    const running = row({ status: "pending" });
    writer.begin(running);
    for (let index = 0; index < 5; index++) writer.end(row());
    await vi.advanceTimersByTimeAsync(250);
    expect(batches.flat()).toContainEqual(running);
  });

  it("counts the rows that the database rejects as dropped, and continues", async () => {
    const { writer, lines } = setUp({
      write: async (rows) => ({
        written: rows.length && rows.length - 1,
        refused: rows.length ? ["too big"] : [],
      }),
    });
    for (let index = 0; index < 3; index++) writer.end(row());
    await vi.advanceTimersByTimeAsync(250);
    expect(writer.status()).toMatchObject({ state: "ok", written: 2, dropped: 1, backlog: 0 });
    expect(lines.at(-1)?.["reason"]).toContain("too big");
  });

  it("writes the remaining rows when it closes, and accepts no more", async () => {
    const { writer, batches } = setUp();
    const last = row();
    writer.end(last);
    await writer.close(1000);
    await writer.giveUp();
    expect(batches.at(-1)).toEqual([last]);
    writer.end(row());
    writer.begin(row({ status: "pending" }));
    expect(writer.status()).toMatchObject({ state: "closed", written: 1, dropped: 1, backlog: 0 });
  });

  it("gives up after the timeout when it closes without a database, and logs the loss", async () => {
    const { writer, database, lines } = setUp();
    database.error = new Error("away");
    writer.end(row());
    const closed = writer.close(1000);
    await vi.advanceTimersByTimeAsync(1300);
    await closed;
    await writer.giveUp();
    expect(writer.status()).toMatchObject({ state: "closed", written: 0, dropped: 1 });
    expect(lines.at(-1)).toMatchObject({ level: "error", lost: 1, reason: "away" });
  });

  it("rejects a flush that did not succeed", async () => {
    const { writer, database } = setUp();
    await writer.flush();
    database.error = new Error("away");
    writer.end(row());
    await expect(writer.flush()).rejects.toThrow("away");
    database.error = undefined;
    await writer.flush();
    expect(writer.status()).toMatchObject({ state: "ok", written: 1 });
  });
});

function setUp(options: Partial<BatchWriterOptions> = {}, error?: Error) {
  const batches: StoredRow[][] = [];
  const database: { error: Error | undefined } = { error };
  const { log, lines } = recordingLogger();
  const writer = new BatchWriter({
    async write(rows) {
      batches.push([...rows]);
      if (database.error) throw database.error;
      return { written: rows.length, refused: [] };
    },
    log,
    flushIntervalMs: 250,
    batchRows: 100,
    limits: { maxRows: 1000, maxBytes: 1e9 },
    ...options,
  });
  return { writer, batches, database, lines };
}
