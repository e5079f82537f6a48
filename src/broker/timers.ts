/** `setTimeout` fires at once if its delay does not fit into 31 bits (24.8 days). */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** Calls `callback` once after `delayMs`, however long that is. Does not keep the process alive. */
export class Timer {
  #handle: NodeJS.Timeout | undefined;

  constructor(delayMs: number, callback: () => void) {
    this.#arm(delayMs, callback);
  }

  stop(): void {
    clearTimeout(this.#handle);
  }

  #arm(delayMs: number, callback: () => void): void {
    const delay = Math.min(delayMs, LONGEST_DELAY_MS);
    this.#handle = setTimeout(() => {
      if (delayMs > delay) this.#arm(delayMs - delay, callback);
      else callback();
    }, delay).unref();
  }
}

/** The current Unix time in whole seconds, the unit of tokens and TTLs. */
export function unixSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** Centrifugo's cap on the time until a connection or a subscription expires, in seconds. */
const MAX_TTL = 365 * 24 * 3600;

/** @param expireAt In Unix seconds; 0 for never. */
export function capExpiry(expireAt: number): number {
  return Math.min(expireAt, unixSeconds() + MAX_TTL);
}

/** @param expireAt In Unix seconds; 0 for never. */
export function isPast(expireAt: number): boolean {
  return expireAt > 0 && expireAt < unixSeconds();
}
