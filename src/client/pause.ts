const FIRST_MS = 250;
const LONGEST_MS = 5000;

/** Waits before the next of several attempts, longer after each. It does not keep Node.js running. */
export async function pause(attempt: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer: unknown = setTimeout(resolve, Math.min(FIRST_MS * 2 ** attempt, LONGEST_MS));
    (timer as { unref?(): void }).unref?.();
  });
}
