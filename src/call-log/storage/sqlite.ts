import { closeSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SqliteDialect, type SqliteDatabase, type SqliteStatement } from "kysely";
import Sqlite from "libsql";

/** How long a statement waits for another process that writes. */
const BUSY_TIMEOUT_MS = 5000;

/**
 * A Kysely dialect for an SQL file, which several processes may write and read at once.
 *
 * See https://www.sqlite.org/wal.html
 */
export function sqliteDialect(path: string): SqliteDialect {
  return new SqliteDialect({ database: async () => openFile(path) });
}

function openFile(path: string): SqliteDatabase {
  makeFolder(dirname(path));
  // Only its user may read a new file. The files next to it get the same mode from SQLite.
  closeSync(openSync(path, "a", 0o600));
  const database = new Sqlite(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.pragma("journal_mode = WAL");
    // Each commit reaches the disk and survives a power failure.
    database.exec("PRAGMA synchronous = FULL; PRAGMA cache_size = -16384");
    // Copies pages that change often into the file less often.
    database.exec("PRAGMA wal_autocheckpoint = 4000");
  } catch (error) {
    database.close();
    throw error;
  }
  return { prepare: preparer(database), close: () => void database.close() };
}

/**
 * Statements that write are prepared once: libsql aborts the process when a worker ends, as in
 * `process.exit()`, while it prepares one.
 */
function preparer(database: Sqlite.Database): SqliteDatabase["prepare"] {
  const writing = new Map<string, SqliteStatement>();
  return (sql) => {
    const known = writing.get(sql);
    if (known) return known;
    // A transaction that starts writing later fails if another process is writing.
    const prepared = database.prepare(sql === "begin" ? "begin immediate" : sql);
    const statement: SqliteStatement = {
      reader: prepared.reader,
      all: (parameters) => prepared.all(parameters.map(bindable)),
      iterate: (parameters) => prepared.iterate(parameters.map(bindable)),
      run(parameters) {
        // A full disk has already ended the transaction. Its error must not be masked.
        if (sql === "rollback" && !database.inTransaction) return NO_CHANGE;
        return prepared.run(parameters.map(bindable));
      },
    };
    if (!statement.reader) writing.set(sql, statement);
    return statement;
  };
}

const NO_CHANGE = { changes: 0, lastInsertRowid: 0 };

/** Makes a folder that only its user may read and that stays out of git. */
function makeFolder(folder: string): void {
  const made = mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (made !== undefined) writeFileSync(join(folder, ".gitignore"), "*\n");
}

/** libsql aborts the whole process for a parameter of an unknown type. */
function bindable(value: unknown): string | number | bigint | null {
  if (typeof value === "boolean") return Number(value);
  if (value === null || ["string", "number", "bigint"].includes(typeof value)) {
    return value as string | number | bigint | null;
  }
  throw new TypeError(`a parameter of SQL must not be of the type ${typeof value}`);
}
