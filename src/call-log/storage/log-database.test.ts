import { afterAll, describe, expect, it } from "vitest";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CallLogError } from "../errors.js";
import { LogDatabase } from "./log-database.js";
import { row } from "../testing/rows.js";

const folder = mkdtempSync(join(tmpdir(), "database-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open = (name: string) => new LogDatabase({ kind: "file", path: join(folder, name) });

describe("the database of a file", () => {
  it("keeps every row reported as written if it is closed during a write", async () => {
    let written = 0;
    const failures: unknown[] = [];
    for (let round = 0; round < 2; round++) {
      const database = open("closed-while-writing.db");
      await database.ask("write", [row()]).then(() => written++);
      const writes = Array.from({ length: 5 }, () =>
        database.ask(
          "write",
          Array.from({ length: 100 }, () => row()),
        ),
      );
      await Promise.all([writes[0], database.close()]).catch(() => undefined);
      for (const write of await Promise.allSettled(writes)) {
        if (write.status === "fulfilled") written += write.value.written;
        else failures.push(write.reason);
      }
    }
    expect(failures.filter((error) => !/close/.test(String(error)))).toEqual([]);
    const database = open("closed-while-writing.db");
    const { rows } = await database.ask("query", { limit: 1000 });
    await database.close();
    expect(written).toBeGreaterThanOrEqual(2);
    expect(rows.length).toBeGreaterThanOrEqual(Math.min(written, 1000));
  });

  it("retries opening", async () => {
    mkdirSync(join(folder, "late.db"));
    const database = open("late.db");
    await expect(database.ask("write", [row()])).rejects.toThrow(CallLogError);
    rmdirSync(join(folder, "late.db"));
    expect(await database.ask("write", [row()])).toEqual({ written: 1, refused: [] });
    await database.close();
  });

  it("can be written by several at the same time", async () => {
    const databases = [1, 2, 3].map(() => open("shared.db"));
    await Promise.all(
      databases.map((database) => database.ask("write", []).catch(() => undefined)),
    );
    for (let round = 0; round < 20; round++) {
      await Promise.all(databases.map((database) => database.ask("write", [row(), row()])));
    }
    expect((await databases[0]!.ask("query", { limit: 1000 })).rows).toHaveLength(120);
    await Promise.all(databases.map((database) => database.close()));
  });

  it("rejects operations after it was closed", async () => {
    const database = open("closed.db");
    await database.ask("write", []);
    await database.close();
    await expect(database.ask("query", {})).rejects.toThrow("the call log is closed");
  });

  it("creates a file and a folder that only its user can read and git ignores", async () => {
    const made = join(folder, "new");
    const database = new LogDatabase({ kind: "file", path: join(made, "calls.db") });
    await database.ask("write", []);
    expect(statSync(made).mode & 0o777).toBe(0o700);
    expect(statSync(join(made, "calls.db")).mode & 0o777).toBe(0o600);
    expect(readdirSync(made)).toContain(".gitignore");
    await database.close();
  });
});

describe("a file that cannot be opened until somebody acts", () => {
  const unusable = { code: "CRPC_CALL_LOG_UNUSABLE" };

  it("is reported as such", async () => {
    writeFileSync(join(folder, "text"), "precious text ".repeat(1000));
    for (const name of ["text", "text/calls.db"]) {
      const database = open(name);
      await expect(database.ask("write", [])).rejects.toMatchObject(unusable);
      await database.close();
    }
    expect(readFileSync(join(folder, "text"), "utf8")).toBe("precious text ".repeat(1000));
  });
});
