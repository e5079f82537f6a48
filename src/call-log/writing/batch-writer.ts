import type { Logger } from "../../handlers/index.js";
import { CallLogError } from "../call-log-errors.js";
import { Backlog, type BacklogLimits } from "./backlog.js";
import type { StoredRow } from "../rows/row.js";
import type { WriteOutcome } from "../storage/log-store.js";

/** The pauses after failures double from one to the other. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;

/** The same trouble is reported once in this time. */
const REPORT_EVERY_MS = 60_000;

/** How the writing goes. */
export interface CallLogHealth {
  /** `failing`: the last attempt to write did not succeed; it is tried again. */
  state: "ok" | "failing" | "closed";
  /** How many rows were committed to the database, an updated one each time. */
  written: number;
  /** How many rows were lost, because the backlog was full or the database refused them. */
  dropped: number;
  /** How many rows wait to be written. */
  backlog: number;
  /** What went wrong last, and when: ISO 8601 in UTC. */
  lastError?: { message: string; at: string };
}

/** What {@link BatchWriter} works with. */
export interface BatchWriterOptions {
  /** Commits rows of different keys. Rejects when the database is away. */
  readonly write: (rows: readonly StoredRow[]) => Promise<WriteOutcome>;
  readonly log: Logger;
  readonly flushIntervalMs: number;
  /** How many rows one transaction has. */
  readonly batchRows: number;
  readonly limits: BacklogLimits;
}

/** Writes rows in batches, off the way of those who record them. */
export class BatchWriter {
  readonly #options: BatchWriterOptions;
  readonly #backlog: Backlog;
  /** Taken out of the backlog, but not committed. */
  #batch: StoredRow[] = [];
  #running: Promise<void> | undefined;
  #tick: NodeJS.Timeout | undefined;
  #pauseMs = 0;
  /** Rows that are pending since before are due. */
  #dueUntil = 0;
  #closed = false;
  #over = false;
  #written = 0;
  #dropped = 0;
  #lastError: CallLogHealth["lastError"];
  #toldFailing = false;
  readonly #reported = new Map<string, number>();

  constructor(options: BatchWriterOptions) {
    this.#options = options;
    this.#backlog = new Backlog(options.limits);
    // At once, so that a database that is away is known before there is something to write.
    this.#start();
  }

  /** Takes the row of a call that begins. Never throws and never waits. */
  begin(row: StoredRow): void {
    if (this.#closed) return;
    this.#backlog.addPending(row);
    this.#schedule();
  }

  /** Takes a row that has ended, in place of the one with its key. Never throws and never waits. */
  end(row: StoredRow): void {
    if (this.#closed) {
      this.#drop(1, "it is closed");
      return;
    }
    const lost = this.#backlog.addEnded(row);
    if (lost > 0) this.#drop(lost, "its database is too slow or away");
    this.#schedule();
    if (this.#pauseMs === 0 && this.#backlog.ended >= this.#options.batchRows) this.#start();
  }

  /**
   * Writes what was recorded until now.
   *
   * @throws the database's error; the rows stay in the backlog.
   */
  async flush(): Promise<void> {
    await this.#running;
    this.#dueUntil = Date.now();
    this.#start();
    await this.#running;
    if (this.#pauseMs > 0) throw new CallLogError(this.#lastError?.message);
  }

  /** Takes no more rows, and writes what is there for up to `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    this.#closed = true;
    const end = Date.now() + timeoutMs;
    const late = new Promise<boolean>((done) => setTimeout(done, timeoutMs, true).unref());
    const flushed = (): Promise<boolean> =>
      this.flush().then(
        () => true,
        () => false,
      );
    while (!(await Promise.race([flushed(), late])) && Date.now() < end) {
      await new Promise((done) => setTimeout(done, FIRST_PAUSE_MS));
    }
    clearTimeout(this.#tick);
  }

  /** Counts as lost what {@link close} could not write. The database is closed now. */
  async giveUp(): Promise<void> {
    this.#over = true;
    await this.#running;
    clearTimeout(this.#tick);
    const lost = this.#waiting();
    if (lost === 0) return;
    this.#batch = [];
    this.#backlog.clear();
    this.#dropped += lost;
    const reason = this.#lastError?.message ?? "its database is too slow";
    this.#options.log.error({ lost, reason }, "the call log was closed before it was written");
  }

  status(): CallLogHealth {
    return {
      state: this.#closed ? "closed" : this.#pauseMs > 0 ? "failing" : "ok",
      written: this.#written,
      dropped: this.#dropped,
      backlog: this.#waiting(),
      ...(this.#lastError && { lastError: this.#lastError }),
    };
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
    // Rows are written before the process ends, if that is possible at all.
    if (failing) this.#tick.unref();
  }

  #start(): void {
    if (this.#over) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      // Without rows, too: others may want to read what is in the database.
      if (this.#waiting() > 0 || this.#pauseMs > 0) this.#schedule();
    });
  }

  /**
   * Writes batch after batch as long as there are whole ones, and the rest of what is due. The first
   * may be empty: then only the database is opened.
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
      if (reason !== undefined) this.#drop(refused.length, `its database refused them: ${reason}`);
      this.#pauseMs = 0;
      if (this.#toldFailing)
        log.info({ backlog: this.#waiting() }, "the call log is written again");
      this.#toldFailing = false;
      return true;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#lastError = { message, at: new Date().toISOString() };
      this.#pauseMs = Math.min(this.#pauseMs * 2 || FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
      this.#report("failing", () => {
        this.#toldFailing = true;
        const data = { reason: message, backlog: this.#waiting() };
        log.error(data, "the call log cannot be written: rows wait, calls do not");
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

  #report(what: string, tell: () => void): void {
    const now = Date.now();
    if (now - (this.#reported.get(what) ?? -Infinity) < REPORT_EVERY_MS) return;
    this.#reported.set(what, now);
    tell();
  }
}
