/**
 * Calls a function of the application. What it throws, or its promise rejects with, is reported and
 * disturbs nothing else.
 */
export function guarded<T>(run: () => T): T | undefined {
  try {
    const result = run();
    Promise.resolve(result).catch(report);
    return result;
  } catch (error) {
    return report(error);
  }
}

/** Writes an error to the console that the application has not asked for. */
export function report(error: unknown): undefined {
  // oxlint-disable-next-line no-console -- an error that nobody sees is worse
  console.error("centrifugo-rpc:", error);
}
