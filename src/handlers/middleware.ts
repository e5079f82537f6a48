import type { ConnectionContext } from "./connection-context.js";

/** Calls the next middleware or, after the last one, the handler. */
export type Next = (conn: ConnectionContext, params: unknown) => Promise<unknown>;

/**
 * Runs around handlers, with params that are already valid. It can reject the call by throwing an
 * {@link RPCError}, pass on a changed `conn`, or inspect the result.
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

/** Applies middleware to a handler; the first of the list is the outermost. */
export function compose(middleware: readonly Middleware[], handler: Next): Next {
  return middleware.reduceRight((next, wrap) => wrap(next), handler);
}
