import type { Logger } from "../handlers/index.js";

/**
 * Logs unhandled promise rejections, which would otherwise end the process and every call in it.
 * Handlers cause them, and so does Zod: an async refinement that rejects does so twice, once where
 * nothing can catch it.
 */
export function logStrayRejections(log: Logger): void {
  process.on("unhandledRejection", (reason) => {
    log.error({ err: reason }, "unhandled promise rejection");
  });
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Resolves to the signal at SIGINT or SIGTERM. A second signal ends the process at once. */
export async function untilStopped(): Promise<NodeJS.Signals> {
  return await new Promise((resolve) => {
    const stop = (received: NodeJS.Signals): void => {
      // Both handlers go, so that a second signal gets Node's default behaviour.
      for (const signal of SIGNALS) process.off(signal, stop);
      resolve(received);
    };
    for (const signal of SIGNALS) process.on(signal, stop);
  });
}
