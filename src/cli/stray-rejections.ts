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
