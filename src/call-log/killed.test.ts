// A gateway that is killed under load loses only rows that it has not yet reported as written.
import { expect, it } from "vitest";
import Sqlite from "libsql";
import { LogDatabase } from "./storage/log-database.js";
import { readLogLocation } from "./storage/location.js";
import { describeDatabases } from "../../testing/databases.js";
import { startRecorder } from "./testing/recorder-launcher.js";

const FLUSH_INTERVAL_MS = 250;
/** What a machine that is busy with other tests may add to it. */
const SLACK_MS = 1500;

describeDatabases("the call log of a killed process", (newUrl) => {
  it(
    "has all rows that were reported as written, and all but those of the last moment",
    { timeout: 120_000 },
    async () => {
      const url = await newUrl();
      let before = 0;
      for (let round = 0; round < 3; round++) {
        const settings = { url, flushIntervalMs: FLUSH_INTERVAL_MS, paramBytes: 200 };
        const recorder = startRecorder({ ...settings, callsPerSecond: 500 });
        const last = () => recorder.lines.at(-1) ?? { at: 0, written: 0, recorded: 0, backlog: 0 };
        const settled = () =>
          recorder.lines.findLast(({ at }) => at < last().at - FLUSH_INTERVAL_MS - SLACK_MS);
        // It has opened its database, and nothing waits any more of what came before.
        const caughtUp = () => (settled()?.written ?? 0) > 500 && last().backlog < 500;
        await expect.poll(caughtUp, { timeout: 60_000, interval: 20 }).toBe(true);
        await recorder.kill();

        const ids = await allIds(url);
        const found = ids.length - before;
        expect(found).toBeGreaterThanOrEqual(last().written);
        expect(found).toBeGreaterThanOrEqual(settled()?.recorded ?? Infinity);
        // Rows are written in their order: none is missing in between.
        const ours = ids.slice(0, found).map(Number);
        expect(ours.toSorted((a, b) => a - b)).toEqual(Array.from(ours, (_, index) => index));
        before = ids.length;
      }
      expectSound(url);
    },
  );
});

/** The IDs of all rows, the newest first. */
async function allIds(url: string): Promise<string[]> {
  const database = new LogDatabase(readLogLocation(url));
  const ids: string[] = [];
  let cursor: string | undefined;
  try {
    do {
      const query = { limit: 1000, ...(cursor && { cursor }) };
      const page = await database.ask("query", query);
      ids.push(...page.rows.map(({ id }) => id));
      cursor = page.next;
    } while (cursor);
  } finally {
    await database.close();
  }
  return ids;
}

/** SQLite finds nothing wrong with the file. */
function expectSound(url: string): void {
  const location = readLogLocation(url);
  if (location.kind !== "file") return;
  const database = new Sqlite(location.path);
  expect(database.pragma("integrity_check")).toEqual([{ integrity_check: "ok" }]);
  database.close();
}
