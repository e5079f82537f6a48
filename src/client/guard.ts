/**
 * Calls a function of the application. If it throws or its promise rejects, the error is logged and
 * goes no further.
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

/** Logs an error of the application to the console. */
export function report(error: unknown): undefined {
  // oxlint-disable-next-line no-console -- an error that nobody sees is worse
  console.error("centrifugo-rpc:", error);
}
