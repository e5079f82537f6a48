import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { silentLogger } from "../../handlers/index.js";
import type { LogDatabase } from "../storage/log-database.js";
import { scheduleRetention } from "./retention.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const MINUTE_MS = 60_000;

it("ends rows of killed gateways at once and every minute, and deletes old rows every hour", async () => {
  const asked: [string, Readonly<Record<string, unknown>>][] = [];
  const ask = async (operation: string, argument: object): Promise<number> => {
    asked.push([operation, { ...argument }]);
    if (asked.length === 1) throw new Error("the database is away");
    return 0;
  };
  const start = Date.now();
  const stop = scheduleRetention({
    database: { ask: ask as unknown as LogDatabase["ask"] },
    gateway: "container-1",
    retentionDays: 30,
    log: silentLogger,
  });
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toMatchObject([
    ["endLost", { gateway: "container-1", beforeMs: start, code: 409 }],
  ]);

  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  expect(asked.slice(1)).toMatchObject([
    ["endLost", { gateway: "container-1", beforeMs: start }],
    ["deleteBefore", { beforeMs: start + MINUTE_MS - 30 * 24 * 60 * MINUTE_MS }],
    ["endLost", { beforeMs: start + MINUTE_MS - 10 * MINUTE_MS }],
  ]);
  const count = (name: string) => asked.filter(([operation]) => operation === name).length;
  await vi.advanceTimersByTimeAsync(60 * MINUTE_MS);
  expect(count("deleteBefore")).toBe(2);
  expect(count("endLost")).toBe(1 + 61 * 2);

  stop();
  await vi.advanceTimersByTimeAsync(60 * MINUTE_MS);
  expect(count("endLost")).toBe(1 + 61 * 2);
});
