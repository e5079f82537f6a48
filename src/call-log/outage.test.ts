// A database that is unavailable, full or shared does not slow calls, loses nothing that fits into the
// backlog, and is reported.
import { mkdtempSync, rmSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { findProgram } from "../../testing/toolchains.js";
import { type CallLog, openCallLog, openCallLogReader } from "./call-log.js";
import { describePostgres } from "../../testing/databases.js";
import { startRecorder } from "./testing/recorder-launcher.js";
import { recordingLogger } from "../../testing/recording-logger.js";

const TIMEOUT_MS = 90_000;
const logs: CallLog[] = [];
const folders: string[] = [];

afterEach(async () => {
  await Promise.all(logs.splice(0).map((log) => log.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "outage-"));
  folders.push(folder);
  return `file:${folder}/calls.db`;
}

function open(url: string) {
  const { log: logger, lines } = recordingLogger();
  const log = openCallLog({ url, log: logger, flushIntervalMs: 20 });
  logs.push(log);
  return { log, lines };
}

function record(log: CallLog, id: string): void {
  log
    .begin({ kind: "call", id, target: "m", params: {}, startedAt: new Date() })
    .end({ status: "success", durationMs: 1 });
}

describePostgres("a call log whose database is unavailable", (postgres) => {
  it(
    "writes what was recorded meanwhile when the database is back",
    { timeout: TIMEOUT_MS },
    async () => {
      const url = await postgres().createDatabase();
      const { log, lines } = open(url);
      record(log, "before");
      await log.flush();
      await postgres().stop();
      for (let index = 0; index < 5000; index++) record(log, `during-${index}`);
      await expect.poll(() => log.status().state).toBe("failing");
      expect(log.status()).toMatchObject({ written: 1, dropped: 0, backlog: 5000 });
      expect(log.status().lastError?.message).toMatch(/ECONN|terminat|shut/);
      await expect(log.query()).rejects.toThrow(/ECONN|terminat|shut|closed/);
      expect(lines).toEqual([
        {
          level: "error",
          message: "the call log cannot be written: its rows wait, calls continue",
          reason: expect.any(String),
          backlog: expect.any(Number),
        },
      ]);

      await postgres().start();
      await expect
        .poll(() => log.status(), { timeout: 30_000 })
        .toMatchObject({
          state: "ok",
          written: 5001,
          dropped: 0,
          backlog: 0,
        });
      expect((await log.query({ id: "during-4999" })).rows).toHaveLength(1);
      expect(lines.at(-1)).toMatchObject({ level: "info" });
    },
  );

  it(
    "loses the backlog of a gateway that is killed, and no more",
    { timeout: TIMEOUT_MS },
    async () => {
      const url = await postgres().createDatabase();
      const settings = { url, flushIntervalMs: 50, callsPerSecond: 300, paramBytes: 200 };
      const recorder = startRecorder(settings);
      const last = () => recorder.lines.at(-1);
      await expect.poll(() => last()?.written ?? 0, { timeout: 60_000 }).toBeGreaterThan(300);
      await postgres().stop();
      await expect.poll(() => last()?.state, { timeout: 30_000 }).toBe("failing");
      await expect.poll(() => last()?.backlog ?? 0, { timeout: 30_000 }).toBeGreaterThan(500);
      await recorder.kill();
      await postgres().start();
      const { written = 0, backlog = 0, recorded = 0 } = last() ?? {};
      const reader = openCallLogReader(url);
      let found = 0;
      for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
        const page = await reader.query({ limit: 1000, ...(cursor && { cursor }) });
        found += page.rows.length;
        cursor = page.next;
      }
      await reader.close();
      // The figure of the metric `centrifugo_rpc_call_log_backlog`.
      expect(found).toBeGreaterThanOrEqual(written);
      expect(recorded - found).toBeLessThanOrEqual(backlog);
    },
  );

  it("does not stop a gateway from starting", { timeout: TIMEOUT_MS }, async () => {
    const url = await postgres().createDatabase();
    await postgres().stop();
    const { log } = open(url);
    record(log, "early");
    await expect.poll(() => log.status()).toMatchObject({ state: "failing", backlog: 1 });
    await postgres().start();
    await expect.poll(() => log.status().written, { timeout: 30_000 }).toBe(1);
  });

  it("never shows the database's password", { timeout: TIMEOUT_MS }, async () => {
    const url = (await postgres().createDatabase()).replace("test@", "test:hunter2@");
    const { log, lines } = open(url.replace(/\/test\d+$/, "/missing"));
    await expect.poll(() => log.status().lastError?.message).toContain("missing");
    expect(JSON.stringify([log.status(), lines])).not.toContain("hunter2");
  });

  it("serves several gateways that start together", { timeout: TIMEOUT_MS }, async () => {
    const url = await postgres().createDatabase();
    const gateways = Array.from({ length: 3 }, () => open(url).log);
    for (const [index, log] of gateways.entries()) {
      for (let call = 0; call < 100; call++) record(log, `${index}-${call}`);
    }
    await Promise.all(gateways.map((log) => log.flush()));
    expect((await gateways[0]!.query({ limit: 1000 })).rows).toHaveLength(300);
    expect(gateways.map((log) => log.status().written)).toEqual([100, 100, 100]);
  });
});

describe("a call log in a file", () => {
  it("is shared by several gateways that start together", { timeout: TIMEOUT_MS }, async () => {
    const url = newFile();
    const recorders = [1, 2, 3].map(() =>
      startRecorder({ url, flushIntervalMs: 50, callsPerSecond: 200, paramBytes: 100 }),
    );
    const written = () => recorders.map(({ lines }) => lines.at(-1)?.written ?? 0);
    await expect.poll(() => Math.min(...written()), { timeout: 60_000 }).toBeGreaterThan(50);
    await Promise.all(recorders.map((recorder) => recorder.stop()));
    for (const { lines } of recorders) {
      expect(lines.at(-1)).toMatchObject({
        dropped: 0,
        backlog: 0,
        written: lines.at(-1)?.recorded,
      });
    }
    const reader = openCallLogReader(url);
    const gateways = new Set<string>();
    let count = 0;
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const page = await reader.query({ limit: 1000, ...(cursor && { cursor }) });
      for (const { gateway } of page.rows) gateways.add(gateway);
      count += page.rows.length;
      cursor = page.next;
    }
    await reader.close();
    expect(gateways.size).toBe(3);
    expect(count).toBe(written().reduce((sum, each) => sum + each, 0));
  });
});

const prlimit = findProgram("prlimit");

describe.skipIf(prlimit === undefined)("a full disk", () => {
  it(
    "does not slow calls, is reported, and is written to when it has room",
    { timeout: TIMEOUT_MS },
    async () => {
      const url = newFile();
      // A file that may not grow any more fails as a full disk does.
      const limits = ["--fsize=1000000:unlimited"];
      const recorder = startRecorder(
        { url, flushIntervalMs: 50, callsPerSecond: 500, paramBytes: 2000 },
        ["sh", "-c", 'trap "" XFSZ; exec "$0" "$@"', "prlimit", ...limits],
      );
      const last = () => recorder.lines.at(-1);
      await expect.poll(() => last()?.state, { timeout: 60_000 }).toBe("failing");
      const full = last();
      await expect
        .poll(() => (last()?.recorded ?? 0) - (full?.recorded ?? 0), { timeout: 30_000 })
        .toBeGreaterThan(1000);
      expect(last()).toMatchObject({
        state: "failing",
        dropped: 0,
        lastError: { message: expect.stringMatching(/disk|full/) },
      });
      const { recordingMs = Infinity, recorded = 0 } = last() ?? {};
      expect(recordingMs / recorded).toBeLessThan(2);

      execFileSync("prlimit", ["--pid", String(recorder.pid), "--fsize=unlimited"]);
      await expect.poll(() => last()?.state, { timeout: 30_000 }).toBe("ok");
      await expect.poll(() => last()?.backlog, { timeout: 60_000 }).toBeLessThan(500);
      await recorder.stop();
      expect(last()).toMatchObject({
        state: "closed",
        dropped: 0,
        backlog: 0,
        written: last()?.recorded,
      });

      const reader = openCallLogReader(url);
      const { rows } = await reader.query({ limit: 1000 });
      await reader.close();
      expect(rows.map(({ id }) => Number(id))).toEqual(
        rows.map((_, index) => (last()?.recorded ?? 0) - 1 - index),
      );
    },
  );
});
