import type { ConnectionContext } from "./connection-context.js";

/** What comes after a middleware: the next one, and the handler at the end. */
export type Next = (conn: ConnectionContext, params: unknown) => Promise<unknown>;

/**
 * Runs around handlers, with params that are already valid. It may refuse the call by throwing an
 * {@link RPCError}, hand on a changed `conn`, or look at the result.
 *
 * @example
 * ```ts
 * const timing: Middleware = (next) => async (conn, params) => {
 *   const start = performance.now();
 *   try {
 *     return await next(conn, params);
 *   } finally {
 *     conn.log.info({ ms: performance.now() - start }, "call ended");
 *   }
 * };
 * ```
 */
export type Middleware = (next: Next) => Next;

/** Puts middleware around a handler; the first of the list is the outermost. */
export function compose(middleware: readonly Middleware[], handler: Next): Next {
  return middleware.reduceRight((next, wrap) => wrap(next), handler);
}
