const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Resolves at SIGINT or SIGTERM. A second signal ends the process at once. */
export async function untilStopped(): Promise<void> {
  await new Promise<void>((resolve) => {
    const stop = (): void => {
      // Both handlers go, so that a second signal gets Node's default behaviour.
      for (const signal of SIGNALS) process.off(signal, stop);
      resolve();
    };
    for (const signal of SIGNALS) process.on(signal, stop);
  });
}
