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
  const statements = new Map<string, SqliteStatement & { finalize(): void }>();

  function prepare(sql: string): SqliteStatement {
    const known = statements.get(sql);
    if (known) return known;
    const [oldest] = statements;
    if (oldest && statements.size >= MAX_STATEMENTS) {
      statements.delete(oldest[0]);
      oldest[1].finalize();
    }
    const statement = database.prepare(sql);
    const adapted = {
      reader: /^\s*(select|with|pragma)\b/i.test(sql),
      all: (parameters: readonly unknown[]) => statement.all(parameters as Value[]),
      run: (parameters: readonly unknown[]) => statement.run(parameters as Value[]),
      iterate: (parameters: readonly unknown[]) => statement.iterate(parameters as Value[]),
      finalize: () => statement.finalize(),
    };
    statements.set(sql, adapted);
    return adapted;
  }

  return {
    prepare,
    close() {
      for (const statement of statements.values()) statement.finalize();
      statements.clear();
      database.close();
    },
  };
}

type Value = string | number | bigint | boolean | Uint8Array | null;
