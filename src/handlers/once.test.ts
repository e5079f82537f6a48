import { Kysely, PostgresDialect, type Transaction } from "kysely";
import { Pool } from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { describePostgres } from "../../testing/databases.js";
import { backendGuide } from "../../testing/once-table.js";
import type { ConnectionContext } from "./connection-context.js";
import { once } from "./once.js";

interface Tables {
  effects: { name: string };
}

type Call = Pick<ConnectionContext, "userId" | "method" | "correlationId" | "idempotencyKey">;

const CALL: Call = { userId: "42", method: "orders.create", correlationId: "c-1" };

describePostgres("once", (postgres) => {
  /** A database with the table of the documentation. */
  async function connect() {
    const pool = new Pool({ connectionString: await postgres().createDatabase() });
    // PostgreSQL may end before the last connections have.
    pool.on("error", () => undefined);
    pool.on("connect", (client) => void client.on("error", () => undefined));
    const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
    onTestFinished(() => db.destroy());
    await pool.query(backendGuide.createTable);
    await pool.query("CREATE TABLE effects (name text NOT NULL)");
    const effects = async (): Promise<string[]> =>
      (await db.selectFrom("effects").select("name").orderBy("name").execute()).map((e) => e.name);
    const add = async (tx: Transaction<Tables>, name: string): Promise<void> =>
      void (await tx.insertInto("effects").values({ name }).execute());
    /** Runs an effect named `name` for a call, in a transaction of Kysely. */
    const run = async (call: Partial<Call>, name: string): Promise<{ name: string }> =>
      await db.transaction().execute(async (tx) => {
        return await once({ ...CALL, ...call }, tx, async () => {
          await add(tx, name);
          return { name };
        });
      });
    return { pool, db, effects, add, run };
  }

  it("runs an effect once and returns its stored result to a repeated call", async () => {
    const { run, effects } = await connect();
    expect(await run({}, "first")).toEqual({ name: "first" });
    expect(await run({}, "second")).toEqual({ name: "first" });
    expect(await effects()).toEqual(["first"]);
  });

  it.each<Partial<Call>>([
    { userId: "43" },
    { method: "orders.cancel" },
    { correlationId: "c-2" },
    { idempotencyKey: "c-1" },
  ])("runs it for another call: %o", async (other) => {
    const { run, effects } = await connect();
    await run({}, "a");
    expect(await run(other, "b")).toEqual({ name: "b" });
    expect(await effects()).toEqual(["a", "b"]);
  });

  it("treats calls with one idempotency key as one call", async () => {
    const { run, effects } = await connect();
    await run({ idempotencyKey: "k", correlationId: "c-1" }, "a");
    expect(await run({ idempotencyKey: "k", correlationId: "c-2" }, "b")).toEqual({ name: "a" });
    expect(await effects()).toEqual(["a"]);
  });

  it("runs it again after a rollback", async () => {
    const { db, run, add, effects } = await connect();
    const failed = db.transaction().execute(async (tx) => {
      await once(CALL, tx, async () => await add(tx, "a"));
      throw new Error("no");
    });
    await expect(failed).rejects.toThrow("no");
    await run({}, "b");
    expect(await effects()).toEqual(["b"]);
  });

  it("lets a repeated call wait for one that runs", async () => {
    const { db, run, add, effects } = await connect();
    let started = (): void => undefined;
    const running = new Promise<void>((resolve) => (started = resolve));
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const first = db.transaction().execute(async (tx) => {
      return await once(CALL, tx, async () => {
        await add(tx, "a");
        started();
        await ended;
        return { name: "a" };
      });
    });
    await running;
    const second = run({}, "b");
    end();
    expect(await Promise.all([first, second])).toEqual([{ name: "a" }, { name: "a" }]);
    expect(await effects()).toEqual(["a"]);
  });

  it("returns the same value the first time and later", async () => {
    const { db } = await connect();
    const run = async (result: unknown, correlationId: string): Promise<unknown> =>
      await db
        .transaction()
        .execute((tx) => once({ ...CALL, correlationId }, tx, async () => result));
    for (const [index, [result, stored]] of [
      [undefined, undefined],
      [null, null],
      ["", ""],
      [{ at: new Date(0), left: undefined }, { at: "1970-01-01T00:00:00.000Z" }],
    ].entries()) {
      expect(await run(result, `c-${index}`)).toEqual(stored);
      expect(await run("another", `c-${index}`)).toEqual(stored);
    }
  });

  it("refuses a result that is not stored", async () => {
    const { db, run } = await connect();
    await db.transaction().execute(async (tx) => {
      const failing = once(CALL, tx, async () => await Promise.reject(new Error("no")));
      // And then commits.
      await expect(failing).rejects.toThrow("no");
    });
    await expect(run({}, "b")).rejects.toThrow("its transaction was not rolled back");
  });

  it("needs a transaction of Kysely", async () => {
    const { db } = await connect();
    await expect(once(CALL, db, async () => 1)).rejects.toMatchObject({
      code: "CRPC_ARGUMENT_INVALID",
    });
  });

  describe("with a client of pg", () => {
    it("does so as well", async () => {
      const { pool, effects } = await connect();
      const client = await pool.connect();
      onTestFinished(() => client.release());
      for (const name of ["a", "b"]) {
        await client.query("BEGIN");
        const result = await once(CALL, client, async () => {
          await client.query("INSERT INTO effects VALUES ($1)", [name]);
          return { name };
        });
        await client.query("COMMIT");
        expect(result).toEqual({ name: "a" });
      }
      expect(await effects()).toEqual(["a"]);
    });

    it("needs a transaction", async () => {
      const { pool } = await connect();
      const client = await pool.connect();
      onTestFinished(() => client.release());
      for (const noTransaction of [client, pool]) {
        await expect(once(CALL, noTransaction, async () => 1)).rejects.toThrow(
          "once() needs a transaction",
        );
      }
    });
  });
});
