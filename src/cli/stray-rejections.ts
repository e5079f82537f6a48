import type { Logger } from "../handlers/index.js";

/**
 * Logs promises that are rejected while nobody waits for them, where Node.js would end the process
 * and every call in it. Handlers leave some behind, and so does Zod: an async refinement that
 * rejects does so twice, once out of anybody's reach.
 */
export function logStrayRejections(log: Logger): void {
  process.on("unhandledRejection", (reason) => {
    log.error({ err: reason }, "a promise was rejected, and nobody waits for it");
  });
}
