/** Counts what is in use, by key, up to a limit. */
export class Quota {
  readonly #limit: number;
  readonly #used = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes one; `false` when the limit is reached. */
  take(key: string): boolean {
    const used = this.#used.get(key) ?? 0;
    if (used >= this.#limit) return false;
    this.#used.set(key, used + 1);
    return true;
  }

  /** Gives one back. */
  give(key: string): void {
    const used = this.#used.get(key) ?? 0;
    if (used > 1) this.#used.set(key, used - 1);
    else this.#used.delete(key);
  }
}
