const FIRST_MS = 100;
const LONGEST_MS = 5000;

/** Waits. The timer does not keep Node.js running. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer: unknown = setTimeout(resolve, ms);
    (timer as { unref?(): void }).unref?.();
  });
}

/**
 * Returns how long to wait before the next of several attempts, in milliseconds: between half and all
 * of 100 ms, doubled after each attempt, up to 5 s. The random part keeps clients that failed at the
 * same time from coming back at the same time.
 *
 * @param least the minimum, in milliseconds
 */
export function backOff(attempt: number, least = 0): number {
  const half = Math.min(FIRST_MS * 2 ** attempt, LONGEST_MS) / 2;
  return Math.max(half, least) * (1 + Math.random());
}

/** Waits before the next of several attempts. */
export function pause(attempt: number): Promise<void> {
  return sleep(backOff(attempt));
}
