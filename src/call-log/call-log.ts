import { FieldNames, MIN_VALUE_BYTES } from "../redaction/index.js";
import { hostname } from "node:os";
import { type Logger, silentLogger } from "../handlers/index.js";
import { ArgumentError } from "../protocol/index.js";
import { BatchWriter, type CallLogHealth } from "./writing/batch-writer.js";
import { LogDatabase } from "./storage/log-database.js";
import { beginEntry, type LogEntry, type LoggedStart } from "./rows/entry.js";
import { type CallLogPage, type CallLogQuery, checkQuery } from "./reading/log-query.js";
import { readLogLocation } from "./storage/location.js";
import { scheduleRetention } from "./writing/retention.js";

/** The options of {@link openCallLog}. */
export interface CallLogOptions {
  /**
   * `file:PATH` for an SQL file, which gateways on one machine may share, or `postgres://…`, which
   * any number of gateways may share and which needs the package `pg`.
   */
  url: string;
  /** The name of this gateway in its rows. Default: the host name and the process ID. */
  gateway?: string;
  /** Older rows are deleted. 0 keeps all rows. Default 30. */
  retentionDays?: number;
  /** Names of fields to redact in addition to the built-in ones, like `password`. Default: none. */
  redactFields?: readonly string[];
  /** The largest params, result or error details, in bytes of JSON. Minimum 128, default 8192. */
  maxValueBytes?: number;
  /** How often rows are written, in milliseconds. Default 250. */
  flushIntervalMs?: number;
  /** The number of rows that may wait for a slow or unavailable database. Default 50,000. */
  maxBacklogRows?: number;
  /** Default: no log. */
  log?: Logger;
}

/** Reads rows of a call log. */
export interface CallLogReader {
  /**
   * One page of the rows that match, the newest first.
   *
   * @throws CallLogQueryError for an invalid query, CallLogError when the database cannot be read.
   */
  query(query?: CallLogQuery): Promise<CallLogPage>;
  /** Closes the database. */
  close(): Promise<void>;
}

/** Writes a row for each call and each publication. */
export interface CallLog extends CallLogReader {
  /** Records that something began. Never throws and never waits. */
  begin(start: LoggedStart): LogEntry;
  /** Reports whether rows are being written. */
  status(): CallLogHealth;
  /**
   * Writes all rows recorded so far.
   *
   * @throws CallLogError with the database's reason; the rows wait for the next attempt.
   */
  flush(): Promise<void>;
  /** Writes the remaining rows, for up to 5 seconds, and closes the database. */
  close(): Promise<void>;
}

const CLOSE_TIMEOUT_MS = 5000;

/** Rows in a transaction: enough to save disk writes, few enough not to delay readers. */
const BATCH_ROWS = 1000;

/** The memory for the backlog. */
const MAX_BACKLOG_BYTES = 64 * 1024 * 1024;

/**
 * Opens a call log for writing and reading. It does not wait for the database: one that is
 * unavailable or full slows no call and stops no gateway. The failure is logged, reported by
 * {@link CallLog.status}, and writing is tried again.
 *
 * @throws CallLogError for an invalid URL and when the package `pg` is not installed; ArgumentError
 * for numbers out of range.
 */
export function openCallLog(options: CallLogOptions): CallLog {
  const { retentionDays = 30, maxValueBytes = 8192, log = silentLogger } = options;
  if (!(retentionDays >= 0)) throw new ArgumentError("retentionDays must be 0 or more");
  if (!(maxValueBytes >= MIN_VALUE_BYTES)) {
    throw new ArgumentError(`maxValueBytes must be ${MIN_VALUE_BYTES} or more`);
  }
  const database = new LogDatabase(readLogLocation(options.url));
  const writer = new BatchWriter({
    write: (rows) => database.ask("write", rows),
    log,
    flushIntervalMs: options.flushIntervalMs ?? 250,
    batchRows: BATCH_ROWS,
    limits: { maxRows: options.maxBacklogRows ?? 50_000, maxBytes: MAX_BACKLOG_BYTES },
  });
  const gateway = options.gateway ?? `${hostname()}-${process.pid}`;
  const stopRetention = scheduleRetention({ database, gateway, retentionDays, log });
  const context = {
    gateway,
    maxBytes: maxValueBytes,
    names: new FieldNames(options.redactFields),
    writer,
  };
  return {
    begin: (start) => beginEntry(start, context),
    status: () => writer.status(),
    flush: () => writer.flush(),
    query: queryOf(database),
    async close() {
      stopRetention();
      await writer.close(CLOSE_TIMEOUT_MS);
      await database.close();
      await writer.giveUp();
    },
  };
}

/**
 * Opens a call log for reading.
 *
 * @throws CallLogError for an invalid URL and when the package `pg` is not installed.
 */
export function openCallLogReader(url: string): CallLogReader {
  const database = new LogDatabase(readLogLocation(url));
  return { query: queryOf(database), close: () => database.close() };
}

function queryOf(database: LogDatabase): CallLogReader["query"] {
  return async (query = {}) => {
    checkQuery(query);
    return await database.ask("query", query);
  };
}
