import { RPCError, type ValidationIssue } from "../protocol/index.js";
import type { ConnectionContext } from "./connection-context.js";
import type { Method } from "./method.js";
import { compose, type Middleware } from "./middleware.js";
import type { Registry } from "./registry.js";
import { validate } from "./schema.js";

/** From a method's name and params to its result. */
export interface Router {
  /** Whether there is a handler for a method. */
  has(method: string): boolean;
  /**
   * Runs the handler of `conn.method`.
   *
   * @throws RPCError always, whatever went wrong; an unexpected error is its `cause`.
   */
  call(conn: ConnectionContext, params: unknown): Promise<unknown>;
}

/** The options of {@link createRouter}. */
export interface RouterOptions {
  /** Runs around every handler; the first of the list is the outermost. */
  middleware?: readonly Middleware[];
}

/** A router over the methods of a registry, also over those that register later. */
export function createRouter(registry: Registry, options: RouterOptions = {}): Router {
  return {
    has: (method) => registry.get(method) !== undefined,

    async call(conn, params) {
      const method = registry.get(conn.method);
      if (!method) throw RPCError.of("method_not_found", `no method "${conn.method}"`);
      const middleware = [...(options.middleware ?? []), ...(method.options.middleware ?? [])];
      try {
        const validParams = await decodeParams(method, params);
        const result = await compose(middleware, method.handler)(conn, validParams);
        return await encodeResult(method, conn, result);
      } catch (error) {
        throw asRpcError(conn, error);
      }
    },
  };
}

async function decodeParams(method: Method, params: unknown): Promise<unknown> {
  const outcome = await validate(method.options.params, params ?? {});
  if ("value" in outcome) return outcome.value;
  const { issues } = outcome;
  throw RPCError.of("invalid_params", `${method.name}: ${describe(issues)}`, { issues });
}

async function encodeResult(
  method: Method,
  conn: ConnectionContext,
  result: unknown,
): Promise<unknown> {
  const outcome = await validate(method.options.result, result);
  if ("value" in outcome) return outcome.value;
  const { issues } = outcome;
  conn.log.error({ issues }, "the handler's result does not match its schema");
  throw RPCError.of("internal", undefined, undefined, {
    cause: new TypeError(`result of ${method.name}: ${describe(issues)}`),
  });
}

/** What the handler, a middleware or a schema threw, as the caller may see it. */
function asRpcError(conn: ConnectionContext, thrown: unknown): RPCError {
  if (thrown instanceof RPCError) return thrown;
  if (conn.signal.aborted) {
    // Most likely the abort itself, and no failure.
    conn.log.debug({ err: thrown }, "handler stopped");
    if (conn.signal.reason instanceof RPCError) return conn.signal.reason;
    return RPCError.of("cancelled", undefined, undefined, { cause: thrown });
  }
  conn.log.error({ err: thrown }, "handler failed");
  return RPCError.of("internal", undefined, undefined, { cause: thrown });
}

/** The first issue in words, and how many more there are. */
function describe(issues: ValidationIssue[]): string {
  const [first, ...rest] = issues;
  if (!first) return "invalid";
  const place = first.path.length > 0 ? `${first.path.join(".")}: ` : "";
  return `${place}${first.message}${rest.length > 0 ? ` (and ${rest.length} more)` : ""}`;
}
