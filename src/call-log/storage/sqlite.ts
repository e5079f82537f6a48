import { chmodSync } from "node:fs";
import { SqliteDialect, type SqliteDatabase, type SqliteStatement } from "kysely";
import sqlite from "node-sqlite3-wasm";

/** Writes come in a few shapes: more than these statements are not worth keeping. */
const MAX_STATEMENTS = 32;

/**
 * A Kysely dialect for an SQL file. The file must belong to this process alone, see file-owner.ts:
 * the package locks with a folder beside the file and knows no shared locks.
 *
 * It also takes its own lock for that of another process when it looks for a journal that a killed
 * process has left, and so never rolls one back. A write-ahead log does not need that: what was not
 * committed is ignored. Without shared memory SQLite offers it to an exclusive connection only.
 *
 * See https://www.sqlite.org/wal.html#use_of_wal_without_shared_memory
 */
export function sqliteDialect(path: string): SqliteDialect {
  return new SqliteDialect({ database: async () => openFile(path) });
}

function openFile(path: string): SqliteDatabase {
  const database = new sqlite.Database(path);
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    const mode = database.get("PRAGMA journal_mode = WAL");
    if (mode?.["journal_mode"] !== "wal") throw new Error("the file has no write-ahead log");
    // Each commit reaches the disk, so that it outlives a power failure as well.
    database.exec("PRAGMA synchronous = FULL; PRAGMA cache_size = -16384");
    // A page that changes often is copied into the file less often.
    database.exec("PRAGMA wal_autocheckpoint = 4000");
    // The first statement makes the second file. Calls hold what only their users may see.
    database.get("SELECT 1 FROM sqlite_schema");
    for (const file of [path, `${path}-wal`]) chmodSync(file, 0o600);
  } catch (error) {
    database.close();
    throw error;
  }
  return adapt(database);
}

type Database = InstanceType<typeof sqlite.Database>;

/** Gives the database the form of better-sqlite3's, which Kysely knows. */
function adapt(database: Database): SqliteDatabase {
  const statements = new Map<string, { adapted: SqliteStatement; finalize: () => void }>();

  function drop(sql: string): void {
    const statement = statements.get(sql);
    statements.delete(sql);
    try {
      statement?.finalize();
    } catch {
      // It gives the error of its last run once more.
    }
  }

  function prepare(sql: string): SqliteStatement {
    // A full disk has ended the transaction already. The reason must not be lost over it.
    if (sql === "rollback" && !database.inTransaction) return NOTHING;
    const known = statements.get(sql);
    if (known) return known.adapted;
    const [oldest] = statements.keys();
    if (oldest !== undefined && statements.size >= MAX_STATEMENTS) drop(oldest);
    const statement = database.prepare(sql);
    const attempt = <T>(run: () => T): T => {
      try {
        return run();
      } catch (error) {
        // One that has failed cannot be used again.
        drop(sql);
        throw error;
      }
    };
    const adapted: SqliteStatement = {
      reader: /^\s*(select|with|pragma)\b/i.test(sql),
      all: (parameters) => attempt(() => statement.all(parameters as Value[])),
      run: (parameters) => attempt(() => statement.run(parameters as Value[])),
      iterate: (parameters) => statement.iterate(parameters as Value[]),
    };
    statements.set(sql, { adapted, finalize: () => statement.finalize() });
    return adapted;
  }

  return {
    prepare,
    close() {
      for (const sql of statements.keys()) drop(sql);
      database.close();
    },
  };
}

/** A statement that does nothing. */
const NOTHING: SqliteStatement = {
  reader: true,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [].values(),
};

type Value = string | number | bigint | boolean | Uint8Array | null;
