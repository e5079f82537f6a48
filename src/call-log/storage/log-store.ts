import { type CompiledQuery, type Dialect, Kysely, type Migration, Migrator, sql } from "kysely";
import { pageOf } from "./page.js";
import type { CallLogPage, CallLogQuery } from "../reading/log-query.js";
import type { LogLocation } from "./location.js";
import { postgresDialect } from "./postgres.js";
import { lowestKeyAt, type StoredRow } from "../rows/row.js";
import { CHANGING_COLUMNS, COLUMNS, MIGRATIONS, type LogTables } from "./tables.js";
import { sqliteDialect } from "./sqlite.js";

/**
 * The numbers of rows that one statement writes, largest first; the SQL for each is built once.
 * SQLite is fastest with few rows; PostgreSQL has a network round trip for each statement.
 */
const STATEMENT_ROWS = {
  file: [16, 4, 1],
  postgres: [256, 64, 16, 4, 1],
} as const satisfies Record<LogLocation["kind"], readonly number[]>;

const MIGRATION_TABLE = "call_log_migration";

/** The outcome of writing rows. */
export interface WriteOutcome {
  /** How many are committed. */
  written: number;
  /** For each row that the database will never accept, the reason. */
  refused: string[];
}

/** Rows that began before a moment, up to a limit. */
export interface OldRows {
  beforeMs: number;
  limit: number;
}

/** Rows that no gateway will end, and their error. */
export interface LostRows {
  beforeMs: number;
  /** Only rows of this gateway. Default: of all. */
  gateway?: string;
  code: number;
  message: string;
}

/** The database cannot be opened until permissions or the configuration change. */
export class UnusableError extends Error {}

/** The call log's tables in one of the databases. Runs in the worker. */
export class LogStore {
  readonly #db: Kysely<LogTables>;
  readonly #statementRows: readonly number[];
  readonly #inserts = new Map<number, CompiledQuery>();

  private constructor(dialect: Dialect, statementRows: readonly number[]) {
    this.#db = new Kysely<LogTables>({ dialect });
    this.#statementRows = statementRows;
  }

  /** Connects and migrates the tables. */
  static async open(location: LogLocation): Promise<LogStore> {
    const dialect =
      location.kind === "file" ? sqliteDialect(location.path) : await postgresDialect(location.url);
    const store = new LogStore(dialect, STATEMENT_ROWS[location.kind]);
    try {
      await store.#migrate();
    } catch (error) {
      await store.close();
      throw isPermanent(error) ? new UnusableError(messageOf(error)) : error;
    }
    return store;
  }

  async #migrate(): Promise<void> {
    // A newer version may have run more: it only adds to the tables, so this one can use them.
    const migrations = { ...(await this.#migrationsRun()), ...MIGRATIONS };
    const migrator = new Migrator({
      db: this.#db,
      provider: { getMigrations: async () => migrations },
      migrationTableName: MIGRATION_TABLE,
      migrationLockTableName: `${MIGRATION_TABLE}_lock`,
    });
    let { error } = await migrator.migrateToLatest();
    // SQLite has no lock for migrations: another process may just have run them.
    if (error !== undefined) ({ error } = await migrator.migrateToLatest());
    if (error !== undefined) throw error;
  }

  async #migrationsRun(): Promise<Record<string, Migration>> {
    const select = sql<{ name: string }>`select name from ${sql.table(MIGRATION_TABLE)}`;
    // The table does not exist yet. Other problems are reported by the migrator.
    const { rows } = await select.execute(this.#db).catch(() => ({ rows: [] }));
    return Object.fromEntries(rows.map(({ name }) => [name, { up: async () => undefined }]));
  }

  /**
   * Inserts rows, or updates those with the same keys, and commits. The keys must differ. If the
   * database rejects the content of a row, the others are written.
   */
  async write(rows: readonly StoredRow[]): Promise<WriteOutcome> {
    try {
      await this.#db.transaction().execute(async (transaction) => {
        for (const part of parts(rows, this.#statementRows)) {
          await transaction.executeQuery({
            ...this.#insert(part.length),
            parameters: valuesOf(part),
          });
        }
      });
      return { written: rows.length, refused: [] };
    } catch (error) {
      if (!isAboutContent(error)) throw error;
      if (rows.length === 1) return { written: 0, refused: [messageOf(error)] };
      const middle = Math.ceil(rows.length / 2);
      const first = await this.write(rows.slice(0, middle));
      const second = await this.write(rows.slice(middle));
      return {
        written: first.written + second.written,
        refused: [...first.refused, ...second.refused],
      };
    }
  }

  /** The statement that writes this many rows; the caller replaces its parameters. */
  #insert(rows: number): CompiledQuery {
    let insert = this.#inserts.get(rows);
    if (!insert) {
      const empty = Object.fromEntries(COLUMNS.map((column) => [column, null]));
      insert = this.#db
        .insertInto("call_log")
        .values(Array.from({ length: rows }, () => empty as unknown as StoredRow))
        .onConflict((conflict) =>
          conflict
            .column("key")
            .doUpdateSet((eb) =>
              Object.fromEntries(
                CHANGING_COLUMNS.map((column) => [column, eb.ref(`excluded.${column}`)]),
              ),
            ),
        )
        .compile();
      this.#inserts.set(rows, insert);
    }
    return insert;
  }

  /** One page of the rows that match. */
  async query(query: CallLogQuery): Promise<CallLogPage> {
    return await pageOf(this.#db, query);
  }

  /** Deletes the oldest rows, and returns their number. */
  async deleteBefore({ beforeMs, limit }: OldRows): Promise<number> {
    const oldest = this.#db
      .selectFrom("call_log")
      .select("key")
      .where("key", "<", lowestKeyAt(beforeMs))
      .orderBy("key")
      .limit(limit);
    const { numDeletedRows } = await this.#db
      .deleteFrom("call_log")
      .where("key", "in", oldest)
      .executeTakeFirst();
    return Number(numDeletedRows);
  }

  /**
   * Ends rows that began before a moment and are still pending: their gateway was killed. If it is
   * alive after all, it overwrites them.
   */
  async endLost({ beforeMs, gateway, code, message }: LostRows): Promise<void> {
    const update = this.#db
      .updateTable("call_log")
      .set({ status: "failed", error_code: code, error_message: message })
      .where("status", "=", "pending")
      .where("key", "<", lowestKeyAt(beforeMs));
    await (gateway === undefined ? update : update.where("gateway", "=", gateway)).execute();
  }

  async close(): Promise<void> {
    await this.#db.destroy();
  }
}

/** Divides rows into parts of the given sizes, the largest first. */
function* parts(rows: readonly StoredRow[], sizes: readonly number[]): Generator<StoredRow[]> {
  let start = 0;
  for (const size of sizes) {
    for (; rows.length - start >= size; start += size) yield rows.slice(start, start + size);
  }
}

function valuesOf(rows: readonly StoredRow[]): unknown[] {
  const values: unknown[] = [];
  for (const row of rows) for (const column of COLUMNS) values.push(row[column]);
  return values;
}

/**
 * Whether a database rejected the content of a row, and would do so again. Everything else, such as
 * a full disk or a lost connection, is temporary.
 *
 * See https://www.postgresql.org/docs/current/errcodes-appendix.html: 21 cardinality, 22 data, 23
 * integrity, 54 program limits, and https://www.sqlite.org/rescode.html.
 */
function isAboutContent(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return /^((21|22|23|54)...$|SQLITE_(CONSTRAINT|TOOBIG|MISMATCH))/.test(String(code));
}

/**
 * Whether opening a database fails until somebody acts: the file or its folder is missing, read-only,
 * not accessible or something else; the role may not connect or create tables; there is no database.
 */
function isPermanent(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  const inFile =
    /^(EACCES|EPERM|EROFS|ENOENT|ENOTDIR|EISDIR|EEXIST)$|^SQLITE_(NOTADB|READONLY|CANTOPEN)/;
  return inFile.test(String(code)) || /^(28...|3D000|3F000|42501)$/.test(String(code));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
