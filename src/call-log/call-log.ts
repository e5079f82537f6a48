import { hostname } from "node:os";
import { type Logger, silentLogger } from "../handlers/index.js";
import { BatchWriter, type CallLogHealth } from "./writing/batch-writer.js";
import { LogDatabase } from "./storage/log-database.js";
import { beginEntry, type LogEntry, type LoggedStart } from "./rows/entry.js";
import { FieldNames } from "./redaction/field-names.js";
import { type CallLogPage, type CallLogQuery, checkQuery } from "./reading/log-query.js";
import { readLogLocation } from "./storage/location.js";
import { MIN_VALUE_BYTES } from "./redaction/redacted-json.js";
import { keepHouse } from "./writing/retention.js";
import type { StoredRow } from "./rows/row.js";

/** The options of {@link openCallLog}. */
export interface CallLogOptions {
  /**
   * `file:PATH` for an SQL file, which gateways on one machine may share, or `postgres://…`, which
   * any number of gateways may share and which needs the package `pg`.
   */
  url: string;
  /** The name of this gateway in its rows. Default: the machine's name and the process's number. */
  gateway?: string;
  /** Rows that are older are deleted. 0 keeps them for ever. Default 30. */
  retentionDays?: number;
  /** Names of fields to redact besides the usual ones, as `password`. Default: none. */
  redactFields?: readonly string[];
  /** How large params, a result or the details of an error may be, in bytes. Default 8192. */
  maxValueBytes?: number;
  /** How often rows are written, in milliseconds. Default 250. */
  flushIntervalMs?: number;
  /** How many rows may wait for a database that is slow or away. Default 50,000. */
  maxBacklogRows?: number;
  /** Default: no log. */
  log?: Logger;
}

/** Reads rows of a call log. */
export interface CallLogReader {
  /**
   * One page of the rows that match, the newest first.
   *
   * @throws CallLogQueryError for a wrong query, CallLogError when the database cannot be asked.
   */
  query(query?: CallLogQuery): Promise<CallLogPage>;
  /** Lets the database go. */
  close(): Promise<void>;
}

/** Keeps a row for each call and each publication. */
export interface CallLog extends CallLogReader {
  /** Records that something began. Never throws and never waits. */
  begin(start: LoggedStart): LogEntry;
  /** How the writing goes. */
  status(): CallLogHealth;
  /**
   * Writes what was recorded until now.
   *
   * @throws Error with the database's reason; the rows wait, and it is tried again.
   */
  flush(): Promise<void>;
  /** Writes what was recorded, for up to 5 seconds, and lets the database go. */
  close(): Promise<void>;
}

const CLOSE_TIMEOUT_MS = 5000;

/** A transaction so large keeps the disk less busy, and so small does not keep readers waiting. */
const BATCH_ROWS = 1000;

/** What the rows that wait may take of the memory. */
const MAX_BACKLOG_BYTES = 64 * 1024 * 1024;

/**
 * Opens a call log to write and to read. It does not wait for the database: one that is away or
 * full slows no call and stops no gateway. It is reported to the log and by
 * {@link CallLog.status}, and tried again.
 *
 * @throws CallLogError for a URL that is none of a database, and when the package `pg` is missing;
 * TypeError for numbers that cannot be meant.
 */
export function openCallLog(options: CallLogOptions): CallLog {
  const { retentionDays = 30, maxValueBytes = 8192, log = silentLogger } = options;
  if (!(retentionDays >= 0)) throw new TypeError("retentionDays must be 0 or more");
  if (!(maxValueBytes >= MIN_VALUE_BYTES)) {
    throw new TypeError(`maxValueBytes must be ${MIN_VALUE_BYTES} or more`);
  }
  const database = new LogDatabase(readLogLocation(options.url));
  const writer = new BatchWriter({
    write: (rows) => database.ask("write", rows),
    log,
    flushIntervalMs: options.flushIntervalMs ?? 250,
    batchRows: BATCH_ROWS,
    limits: { maxRows: options.maxBacklogRows ?? 50_000, maxBytes: MAX_BACKLOG_BYTES },
  });
  const stopHouse = keepHouse({ database, retentionDays, log });
  const context = {
    gateway: options.gateway ?? `${hostname()}-${process.pid}`,
    maxBytes: maxValueBytes,
    names: new FieldNames(options.redactFields),
    begin: (row: StoredRow) => writer.begin(row),
    end: (row: StoredRow) => writer.end(row),
  };
  return {
    begin: (start) => beginEntry(start, context),
    status: () => writer.status(),
    flush: () => writer.flush(),
    query: async (query = {}) => {
      checkQuery(query);
      return await database.ask("query", query);
    },
    async close() {
      stopHouse();
      await writer.close(CLOSE_TIMEOUT_MS);
      await database.close();
      await writer.giveUp();
    },
  };
}

/**
 * Opens a call log to read.
 *
 * @throws as {@link openCallLog}.
 */
export function openCallLogReader(url: string): CallLogReader {
  const database = new LogDatabase(readLogLocation(url));
  return {
    query: async (query = {}) => {
      checkQuery(query);
      return await database.ask("query", query);
    },
    close: () => database.close(),
  };
}
