const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Resolves at Ctrl-C or at a request to terminate. A second one ends the process at once. */
export async function untilStopped(): Promise<void> {
  await new Promise<void>((resolve) => {
    const stop = (): void => {
      // Both: whichever comes second must find Node's own behaviour again.
      for (const signal of SIGNALS) process.off(signal, stop);
      resolve();
    };
    for (const signal of SIGNALS) process.on(signal, stop);
  });
}
