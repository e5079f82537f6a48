import { afterAll, describe, expect, it } from "vitest";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LogDatabase } from "./log-database.js";
import { row } from "../testing/rows.js";

const folder = mkdtempSync(join(tmpdir(), "database-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the worker of a file", () => {
  it("is one at any time, however often it is started anew", async () => {
    const database = new LogDatabase({ kind: "file", path: join(folder, "restarted.db") });
    let written = 0;
    const write = () =>
      database
        .ask("write", { rows: [row(), row()] })
        .then((outcome) => (written += outcome.written));
    const answers: PromiseSettledResult<unknown>[] = [];
    for (let round = 0; round < 5; round++) {
      answers.push(
        ...(await Promise.allSettled([
          write(),
          database.restart(new Error("anew")),
          write(),
          database.restart(new Error("anew")),
          write(),
        ])),
      );
    }
    await write();
    const failures = answers.filter((answer) => answer.status === "rejected");
    for (const { reason } of failures) {
      expect((reason as Error).message).toBe("anew");
    }
    // What was written by one that was ended before it could say so is there as well.
    const { rows } = await database.ask("query", { query: { limit: 1000 } });
    expect(rows.length).toBeGreaterThanOrEqual(written);
    await database.close();
    expect(readdirSync(folder).filter((name) => name.startsWith("restarted.db"))).toEqual([
      "restarted.db",
    ]);
  });

  it("is not started again after it was closed", async () => {
    const database = new LogDatabase({ kind: "file", path: join(folder, "closed.db") });
    await database.ask("write", { rows: [] });
    await Promise.all([database.close(), database.restart(new Error("anew"))]);
    await expect(database.ask("query", { query: {} })).rejects.toThrow("the call log is closed");
    const left = readdirSync(folder).filter((name) => name.startsWith("closed.db"));
    expect(left.filter((name) => /lock|owner/.test(name))).toEqual([]);
  });
});
