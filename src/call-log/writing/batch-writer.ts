import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "../../handlers/index.js";
import { within } from "../../protocol/index.js";
import { CallLogError } from "../errors.js";
import { Backlog, type BacklogLimits } from "./backlog.js";
import type { StoredRow } from "../rows/row.js";
import type { WriteOutcome } from "../storage/log-store.js";

/** The pause doubles after each failure. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;

/** The same problem is logged once in this time. */
const REPORT_EVERY_MS = 60_000;

const FAILING = "the call log cannot be written: its rows wait, calls continue";
const UNUSABLE =
  "the call log cannot be opened, and /ready answers not_ready: let this user write there, set " +
  "CENTRIFUGO_LOG_DATABASE_URL to another place, or turn the log off with CENTRIFUGO_LOG_ALL_CALLS=false";

/** Whether rows are being written. */
export interface CallLogHealth {
  /**
   * `failing`: the last attempt to write failed, and another one follows. `unusable`: the same, but
   * the database was never opened and cannot be until its permissions or the configuration change.
   */
  state: "ok" | "failing" | "unusable" | "closed";
  /** How many rows were committed, counting an updated row each time. */
  written: number;
  /** How many rows were lost, because the backlog was full or the database refused them. */
  dropped: number;
  /** How many rows wait to be written. */
  backlog: number;
  /** The last error and its time, ISO 8601 in UTC. */
  lastError?: { message: string; at: string };
}

/** The options of {@link BatchWriter}. */
export interface BatchWriterOptions {
  /** Commits rows of different keys. Rejects when the database is unavailable. */
  readonly write: (rows: readonly StoredRow[]) => Promise<WriteOutcome>;
  readonly log: Logger;
  readonly flushIntervalMs: number;
  /** How many rows one transaction has. */
  readonly batchRows: number;
  readonly limits: BacklogLimits;
}

/** Writes rows in batches, without delaying the calls that record them. */
export class BatchWriter {
  readonly #options: BatchWriterOptions;
  #backlog: Backlog;
  /** Taken from the backlog, but not committed yet. */
  #batch: StoredRow[] = [];
  #running: Promise<void> | undefined;
  #tick: NodeJS.Timeout | undefined;
  /** 0 unless the last attempt failed. */
  #pauseMs = 0;
  #wasOpened = false;
  #isUnusable = false;
  /** Rows that have been pending since before this time are due. */
  #dueUntil = 0;
  #closed = false;
  #over = false;
  #written = 0;
  #dropped = 0;
  #lastError: CallLogHealth["lastError"];
  #loggedFailing = false;
  readonly #reported = new Map<string, number>();

  constructor(options: BatchWriterOptions) {
    this.#options = options;
    this.#backlog = new Backlog(options.limits);
    // Immediately, to notice an unavailable database before there is anything to write.
    this.#start();
  }

  /** Adds the row of a call that begins. Never throws and never waits. */
  begin(row: StoredRow): void {
    if (this.#closed) return;
    this.#backlog.addPending(row);
    this.#schedule();
  }

  /** Adds a row that has ended, replacing the one with its key. Never throws and never waits. */
  end(row: StoredRow): void {
    if (this.#closed) {
      this.#drop(1, "the call log is closed");
      return;
    }
    const lost = this.#backlog.addEnded(row);
    if (lost > 0) this.#drop(lost, "the database is too slow or unavailable");
    this.#schedule();
    if (this.#pauseMs === 0 && this.#backlog.ended >= this.#options.batchRows) this.#start();
  }

  /**
   * Writes all rows recorded so far.
   *
   * @throws CallLogError with the database's reason; the rows stay in the backlog.
   */
  async flush(): Promise<void> {
    await this.#running;
    this.#dueUntil = Date.now();
    this.#start();
    await this.#running;
    if (this.#pauseMs > 0)
      throw new CallLogError(this.#lastError?.message ?? "the rows could not be written");
  }

  /** Accepts no more rows, and writes the remaining ones for up to `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    this.#closed = true;
    const end = Date.now() + timeoutMs;
    const flushAll = async (): Promise<void> => {
      for (;;) {
        const isFlushed = await this.flush().then(
          () => true,
          () => false,
        );
        if (isFlushed || Date.now() >= end) return;
        await pause(FIRST_PAUSE_MS);
      }
    };
    await within(timeoutMs, flushAll(), () => undefined);
    clearTimeout(this.#tick);
  }

  /** Counts the rows that {@link close} could not write as lost. Call it after closing the database. */
  async giveUp(): Promise<void> {
    this.#over = true;
    await this.#running;
    clearTimeout(this.#tick);
    const lost = this.#waiting();
    if (lost === 0) return;
    this.#batch = [];
    this.#backlog = new Backlog(this.#options.limits);
    this.#dropped += lost;
    const reason = this.#lastError?.message ?? "the database is too slow";
    this.#options.log.error(
      { lost, reason },
      "the call log was closed before all rows were written",
    );
  }

  status(): CallLogHealth {
    return {
      state: this.#state(),
      written: this.#written,
      dropped: this.#dropped,
      backlog: this.#waiting(),
      ...(this.#lastError && { lastError: this.#lastError }),
    };
  }

  #state(): CallLogHealth["state"] {
    if (this.#closed) return "closed";
    if (this.#pauseMs === 0) return "ok";
    return this.#isUnusable ? "unusable" : "failing";
  }

  #waiting(): number {
    return this.#backlog.size + this.#batch.length;
  }

  #schedule(): void {
    if (this.#tick || this.#over) return;
    const failing = this.#pauseMs > 0;
    this.#tick = setTimeout(
      () => {
        this.#tick = undefined;
        this.#dueUntil = Date.now();
        this.#start();
      },
      failing ? this.#pauseMs : this.#options.flushIntervalMs,
    );
    // A working database gets its rows before the process ends; a failing one does not delay it.
    if (failing) this.#tick.unref();
  }

  #start(): void {
    if (this.#over) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      // Also without rows, because the database may still be needed for reading.
      if (this.#waiting() > 0 || this.#pauseMs > 0) this.#schedule();
    });
  }

  /**
   * Writes full batches, then the remaining rows that are due. The first batch may be empty: it opens
   * the database.
   */
  async #run(): Promise<void> {
    const { batchRows } = this.#options;
    let more = true;
    while (more) {
      if (this.#batch.length === 0) this.#batch = this.#backlog.take(batchRows, this.#dueUntil);
      more = this.#batch.length === batchRows;
      if (!(await this.#writeBatch())) return;
    }
  }

  async #writeBatch(): Promise<boolean> {
    const { write, log } = this.#options;
    try {
      const { written, refused } = await write(this.#batch);
      this.#batch = [];
      this.#written += written;
      const [reason] = refused;
      if (reason !== undefined) this.#drop(refused.length, `the database refused them: ${reason}`);
      this.#pauseMs = 0;
      this.#wasOpened = true;
      if (this.#loggedFailing)
        log.info({ backlog: this.#waiting() }, "the call log can be written again");
      this.#loggedFailing = false;
      return true;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#lastError = { message, at: new Date().toISOString() };
      const { code } = error as { code?: unknown };
      this.#isUnusable = !this.#wasOpened && code === "CRPC_CALL_LOG_UNUSABLE";
      this.#pauseMs = Math.min(this.#pauseMs * 2 || FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
      this.#report("failing", () => {
        this.#loggedFailing = true;
        const data = { reason: message, backlog: this.#waiting() };
        log.error(data, this.#isUnusable ? UNUSABLE : FAILING);
      });
      return false;
    }
  }

  #drop(count: number, reason: string): void {
    this.#dropped += count;
    this.#report("dropped", () =>
      this.#options.log.warn({ dropped: this.#dropped, reason }, "the call log lost rows"),
    );
  }

  #report(what: string, write: () => void): void {
    const now = Date.now();
    if (now - (this.#reported.get(what) ?? -Infinity) < REPORT_EVERY_MS) return;
    this.#reported.set(what, now);
    write();
  }
}
