import type { StoredRow } from "../rows/row.js";

/** The approximate size of a row without its texts. */
const ROW_BYTES = 400;

/** How many ended rows may wait, and their total size. */
export interface BacklogLimits {
  readonly maxRows: number;
  readonly maxBytes: number;
}

/** The rows that wait to be written, pending and ended. */
export class Backlog {
  readonly #limits: BacklogLimits;
  readonly #pending = new Map<string, StoredRow>();
  /** Oldest first; those before `#head` have been taken. */
  #ended: StoredRow[] = [];
  #head = 0;
  #bytes = 0;

  constructor(limits: BacklogLimits) {
    this.#limits = limits;
  }

  /** How many rows wait. */
  get size(): number {
    return this.#pending.size + this.ended;
  }

  /** How many of them have ended. */
  get ended(): number {
    return this.#ended.length - this.#head;
  }

  /** Adds the row of a running call. */
  addPending(row: StoredRow): void {
    this.#pending.set(row.key, row);
  }

  /** Adds a row that has ended. Drops the oldest rows to make room, and returns how many. */
  addEnded(row: StoredRow): number {
    this.#pending.delete(row.key);
    this.#ended.push(row);
    this.#bytes += bytesOf(row);
    let lost = 0;
    while (this.ended > this.#limits.maxRows || this.#bytes > this.#limits.maxBytes) {
      lost += this.#takeEnded(1).length;
    }
    return lost;
  }

  /**
   * Takes up to `count` rows: those that have been pending since before `pendingUntil`, then the
   * oldest ended ones. Most calls end so soon that their row is written once.
   */
  take(count: number, pendingUntil: number): StoredRow[] {
    const taken: StoredRow[] = [];
    for (const row of this.#pending.values()) {
      if (row.created_at > pendingUntil || taken.length === count) break;
      taken.push(row);
      this.#pending.delete(row.key);
    }
    return [...taken, ...this.#takeEnded(count - taken.length)];
  }

  #takeEnded(count: number): StoredRow[] {
    const taken = this.#ended.slice(this.#head, this.#head + count);
    this.#head += taken.length;
    for (const row of taken) this.#bytes -= bytesOf(row);
    if (this.#head * 2 >= this.#ended.length) {
      this.#ended = this.#ended.slice(this.#head);
      this.#head = 0;
    }
    return taken;
  }
}

function bytesOf(row: StoredRow): number {
  return (
    ROW_BYTES +
    (row.params?.length ?? 0) +
    (row.result?.length ?? 0) +
    (row.error_message?.length ?? 0) +
    (row.error_details?.length ?? 0)
  );
}
