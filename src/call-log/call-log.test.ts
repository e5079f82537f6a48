import { Kysely, sql } from "kysely";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type CallLog, openCallLog, openCallLogReader } from "./call-log.js";
import { LogDatabase } from "./storage/log-database.js";
import type { LoggedStart } from "./rows/entry.js";
import { CallLogQueryError } from "./errors.js";
import type { CallLogQuery } from "./reading/log-query.js";
import { followLog } from "./reading/follow.js";
import { type LogLocation, readLogLocation } from "./storage/location.js";
import { LogStore } from "./storage/log-store.js";
import { postgresDialect } from "./storage/postgres.js";
import { sqliteDialect } from "./storage/sqlite.js";
import { deleteOldRows, endLostRows } from "./writing/retention.js";
import type { CallLogRow, StoredRow } from "./rows/row.js";
import { describeDatabases } from "../../testing/databases.js";
import { row } from "./testing/rows.js";
import { recordingLogger } from "../../testing/recording-logger.js";

const DAY_MS = 24 * 60 * 60 * 1000;
const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const call = (start: Partial<LoggedStart> = {}): LoggedStart => ({
  kind: "call",
  id: "id-1",
  target: "tasks.get",
  userId: "42",
  clientId: "c1",
  params: { task: 1 },
  startedAt: new Date("2026-01-31T12:00:00.250Z"),
  ...start,
});

describeDatabases("the call log", (newUrl) => {
  // Shared by all cases, each with its own method, because opening takes a while.
  let log: CallLog;
  beforeAll(async () => {
    log = openCallLog({ url: await newUrl(), gateway: "gateway-1", redactFields: ["ssid"] });
  });
  afterAll(() => log?.close());

  const openDatabases: LogDatabase[] = [];
  const databaseWith = async (rows: StoredRow[]): Promise<LogDatabase> => {
    const database = new LogDatabase(readLogLocation(await newUrl()));
    openDatabases.push(database);
    await database.ask("write", rows);
    return database;
  };
  afterEach(async () => {
    await Promise.all(openDatabases.splice(0).map((database) => database.close()));
  });

  it("records a call that has ended", async () => {
    log.begin(call({ target: "m.ended", attempt: 1 })).end({
      status: "success",
      result: { title: "Buy milk" },
      durationMs: 12.3456,
      attempts: 2,
      traceId: "0af7651916cd43dd8448eb211c80319c",
    });
    await log.flush();
    expect(await log.query({ method: "m.ended" })).toEqual({
      rows: [
        {
          key: expect.stringMatching(UUID7),
          id: "id-1",
          kind: "call",
          target: "m.ended",
          user_id: "42",
          client_id: "c1",
          trace_id: "0af7651916cd43dd8448eb211c80319c",
          status: "success",
          params: { task: 1 },
          result: { title: "Buy milk" },
          error_code: null,
          error_message: null,
          error_details: null,
          wait_for_ack: false,
          acks_expected: null,
          acks_received: null,
          attempts: 2,
          duration_ms: 12.346,
          gateway: "gateway-1",
          created_at: "2026-01-31T12:00:00.250Z",
          finished_at: "2026-01-31T12:00:00.262Z",
        },
      ],
    });
  });

  it("records a running call as pending and updates the row when it ends", async () => {
    const { written } = log.status();
    const startedAt = new Date();
    const entry = log.begin(call({ target: "m.runs", startedAt }));
    await log.flush();
    const [pending] = (await log.query({ method: "m.runs" })).rows;
    expect(pending).toMatchObject({ status: "pending", duration_ms: null, finished_at: null });
    const error = { code: 1001, message: "quota", details: { limit: 10, token: "t" } };
    entry.end({ status: "failed", error, durationMs: 5 });
    await log.flush();
    const { rows } = await log.query({ method: "m.runs" });
    expect(rows).toEqual([
      {
        ...pending,
        status: "failed",
        error_code: 1001,
        error_message: "quota",
        error_details: { limit: 10, token: "[redacted]" },
        duration_ms: 5,
        finished_at: new Date(startedAt.getTime() + 5).toISOString(),
      },
    ]);
    expect(log.status()).toEqual({ state: "ok", written: written + 2, dropped: 0, backlog: 0 });
  });

  it("records a publication with its acknowledgements", async () => {
    const entry = log.begin({
      kind: "publish",
      id: "m1",
      target: "events:news",
      params: { text: "hello", api_key: "k" },
      waitForAck: true,
      startedAt: new Date(0),
    });
    await log.flush();
    const [pending] = (await log.query({ channel: "events:news" })).rows;
    expect(pending).toMatchObject({ wait_for_ack: true, acks_expected: null, acks_received: 0 });
    entry.end({ status: "partial", acksExpected: 3, acksReceived: 2, durationMs: 1000 });
    await log.flush();
    expect((await log.query({ channel: "events:news" })).rows).toEqual([
      {
        ...pending,
        kind: "publish",
        id: "m1",
        target: "events:news",
        user_id: null,
        client_id: null,
        params: { text: "hello", api_key: "[redacted]" },
        status: "partial",
        acks_expected: 3,
        acks_received: 2,
        duration_ms: 1000,
        finished_at: "1970-01-01T00:00:01.000Z",
      },
    ]);
  });

  it("redacts parts that schemas mark and fields that the options name", async () => {
    const marked = { properties: { born: { sensitive: true } } };
    const errors = [{ name: "Full", code: 1001, details: marked }];
    const schemas = { params: marked, result: marked, errors };
    const value = { born: "1990", wifi_ssid: "x", name: "Anna" };
    const shown = { born: "[redacted]", wifi_ssid: "[redacted]", name: "Anna" };
    const begin = () => log.begin(call({ target: "m.marked", schemas, params: value }));
    begin().end({ status: "success", result: value, durationMs: 1 });
    const error = { code: 1001, message: "m", details: value };
    begin().end({ status: "failed", error, durationMs: 1 });
    await log.flush();
    const { rows } = await log.query({ method: "m.marked" });
    expect(rows.map(({ params }) => params)).toEqual([shown, shown]);
    expect(rows.map(({ result }) => result).filter(Boolean)).toEqual([shown]);
    expect(rows.map(({ error_details }) => error_details).filter(Boolean)).toEqual([shown]);
  });

  it("accepts anything callers can send: NUL, lone surrogates, long texts, non-JSON values", async () => {
    const { written } = log.status();
    const circle: Record<string, unknown> = {};
    circle["circle"] = circle;
    const odd = [
      { id: "a\0b", target: "\uD800", userId: "\0", params: { "\0": "\0\uDFFF" } },
      { id: "x".repeat(100_000), target: "m".repeat(100_000), params: "p".repeat(1_000_000) },
      { params: circle },
      { params: JSON.parse('{"__proto__": {"a": 1}}') as unknown },
      { params: 10n ** 40n },
      { params: undefined },
      { params: Number.NaN, target: "'; DROP TABLE call_log; --" },
    ];
    for (const start of odd) {
      const error = { code: 400, message: "\0".repeat(10_000), details: start.params };
      log.begin(call({ userId: "odd", ...start })).end({ status: "failed", error, durationMs: 1 });
    }
    await log.flush();
    expect(log.status()).toMatchObject({ written: written + odd.length, dropped: 0 });
    const { rows } = await log.query({ user: "odd" });
    expect(rows).toHaveLength(odd.length - 1);
    expect((await log.query({ user: "\uFFFD" })).rows).toHaveLength(1);
  });

  it("returns the rows that match every filter", async () => {
    const database = await databaseWith([
      row({ id: "a", target: "m1", user_id: "1", created_at: 1000, finished_at: 1010 }),
      row({ id: "b", target: "m2", user_id: "1", created_at: 2000, finished_at: 9000 }),
      row({ id: "c", target: "m1", user_id: "2", created_at: 3000, status: "timeout" }),
      row({ id: "d", target: "m1", kind: "publish", user_id: null, created_at: 4000 }),
      row({ id: "e", target: "m1", user_id: "1", created_at: 5000, duration_ms: 100 }),
    ]);
    const ids = async (query: CallLogQuery): Promise<string> =>
      (await database.ask("query", query)).rows.map(({ id }) => id).join("");
    expect(await ids({})).toBe("edcba");
    expect(await ids({ id: "c" })).toBe("c");
    expect(await ids({ method: "m1" })).toBe("eca");
    expect(await ids({ channel: "m1" })).toBe("d");
    expect(await ids({ kind: "publish" })).toBe("d");
    expect(await ids({ user: "1" })).toBe("eba");
    expect(await ids({ user: "1", method: "m1" })).toBe("ea");
    expect(await ids({ status: ["timeout", "failed"] })).toBe("c");
    expect(await ids({ status: ["success", "timeout"] })).toBe("edcba");
    expect(await ids({ since: new Date(3000) })).toBe("edc");
    expect(await ids({ until: new Date(3000) })).toBe("ba");
    expect(await ids({ since: new Date(2000), until: new Date(4000) })).toBe("cb");
    expect(await ids({ finishedSince: new Date(5000) })).toBe("eb");
    expect(await ids({ minDurationMs: 100 })).toBe("e");
    expect(await ids({ user: "nobody" })).toBe("");
  });

  it("returns each row once across pages while new rows arrive", async () => {
    // All of one moment: only the keys differ.
    const rows = Array.from({ length: 25 }, () => row({ created_at: 1000 }));
    const database = await databaseWith(rows);
    const seen: CallLogRow[] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: 10, ...(cursor && { cursor }) };
      const page = await database.ask("query", query);
      await database.ask("write", [row({ created_at: 2000 })]);
      expect(page.rows.length).toBeLessThanOrEqual(10);
      seen.push(...page.rows);
      cursor = page.next;
    } while (cursor);
    expect(seen.map(({ key }) => key)).toEqual(
      rows
        .map(({ key }) => key)
        .toSorted()
        .toReversed(),
    );
    expect((await database.ask("query", { limit: 28 })).next).toBeUndefined();
  });

  it("rejects invalid queries", async () => {
    const wrong: CallLogQuery[] = [
      { limit: 0 },
      { limit: 1001 },
      { limit: 1.5 },
      { cursor: "x" },
      { since: new Date("x") },
      { status: [] },
    ];
    for (const query of wrong) {
      await expect(log.query(query)).rejects.toBeInstanceOf(CallLogQueryError);
    }
  });

  it("deletes rows older than the retention", async () => {
    const now = Date.now();
    const old = Array.from({ length: 2500 }, () => row({ created_at: now - 31 * DAY_MS }));
    const kept = row({ id: "kept", created_at: now - 29 * DAY_MS });
    const database = await databaseWith([...old, kept]);
    const { log, lines } = recordingLogger();
    await deleteOldRows({ database, retentionDays: 0, log });
    expect(lines).toEqual([]);
    await deleteOldRows({ database, retentionDays: 30, log });
    expect(lines).toMatchObject([{ deleted: 2500, retentionDays: 30 }]);
    const { rows } = await database.ask("query", {});
    expect(rows.map(({ id }) => id)).toEqual(["kept"]);
  });

  it("ends rows that a killed gateway left pending", async () => {
    const now = Date.now();
    const unended = { status: "pending", duration_ms: null, finished_at: null } as const;
    const database = await databaseWith([
      row({ id: "ended", created_at: now - 3_600_000 }),
      row({ id: "another's, long ago", created_at: now - 3_600_000, ...unended }),
      row({ id: "another's, running", created_at: now - 60_000, ...unended }),
      row({ id: "of the same name", created_at: now - 60_000, ...unended, gateway: "restarted" }),
      row({ id: "own", created_at: now, ...unended, gateway: "restarted" }),
    ]);
    await endLostRows({ database, gateway: "restarted" }, now - 1000);
    const { rows } = await database.ask("query", {});
    expect(rows.map(({ id, status, error_code }) => [id, status, error_code])).toEqual([
      ["own", "pending", null],
      ["of the same name", "failed", 409],
      ["another's, running", "pending", null],
      ["another's, long ago", "failed", 409],
      ["ended", "success", null],
    ]);
  });

  it("works with a database that a newer version has added to", async () => {
    const location = readLogLocation(await newUrl());
    const newer = await LogStore.open(location);
    await newer.close();
    await runSql(location, [
      "alter table call_log add column region text",
      "insert into call_log_migration (name, timestamp) values ('0002_region', '2030-01-01')",
    ]);
    const older = await LogStore.open(location);
    expect(await older.write([row({ id: "after" })])).toEqual({ written: 1, refused: [] });
    const [found] = (await older.query({})).rows;
    expect(found).toMatchObject({ id: "after", status: "success" });
    expect(found).not.toHaveProperty("region");
    await older.close();
  });

  it("writes the other rows if the database rejects some", async () => {
    const database = await databaseWith([]);
    // The log itself never makes such rows.
    const bad = { gateway: null as unknown as string };
    const rows = Array.from({ length: 100 }, (_, index) => row(index % 33 === 7 ? bad : {}));
    const outcome = await database.ask("write", rows);
    expect(outcome.written).toBe(97);
    expect(outcome.refused).toHaveLength(3);
    expect((await database.ask("query", {})).rows).toHaveLength(97);
  });

  it("keeps its rows when it is reopened", async () => {
    const url = await newUrl();
    const first = openCallLog({ url });
    first.begin(call()).end({ status: "success", durationMs: 1 });
    await first.flush();
    await first.close();
    expect(first.status()).toMatchObject({ state: "closed", written: 1, dropped: 0 });
    await expect(first.query()).rejects.toThrow("the call log is closed");
    const reader = openCallLogReader(url);
    expect((await reader.query()).rows).toHaveLength(1);
    await reader.close();
  });

  it("can be followed: each ended row once, including rows written late", async () => {
    const now = Date.now();
    const stop = new AbortController();
    const asked: number[] = [];
    const rows = followLog(
      async (query) => {
        asked.push(1);
        return await log.query(query);
      },
      { method: "m.followed" },
      { signal: stop.signal, intervalMs: 20, from: new Date(now) },
    );
    const next = async (): Promise<unknown> => ((await rows.next()).value as CallLogRow)?.id;
    const add = (id: string, startedAt: number, target = "m.followed"): void =>
      log
        .begin(call({ id, target, startedAt: new Date(startedAt) }))
        .end({ status: "success", durationMs: 10 });

    add("before", now - 60_000);
    log.begin(call({ id: "running", target: "m.followed", startedAt: new Date(now) }));
    add("other method", now + 100, "m.other");
    add("first", now + 100);
    expect(await next()).toBe("first");
    add("second", now + 300);
    expect(await next()).toBe("second");
    add("late", now + 200);
    expect(await next()).toBe("late");
    const before = asked.length;
    const last = next();
    await expect.poll(() => asked.length).toBeGreaterThan(before + 2);
    add("third", now + 400);
    expect(await last).toBe("third");
    stop.abort();
    expect(await rows.next()).toEqual({ done: true, value: undefined });
  });
});

/** Runs SQL as another program does. */
async function runSql(location: LogLocation, statements: readonly string[]): Promise<void> {
  const dialect =
    location.kind === "file" ? sqliteDialect(location.path) : await postgresDialect(location.url);
  const db = new Kysely<unknown>({ dialect });
  for (const statement of statements) await sql.raw(statement).execute(db);
  await db.destroy();
}
