import { ArgumentError, DEFAULT_TIMEOUT_MS, uuidv7 } from "../protocol/index.js";
import type { ConnectionContext } from "./connection-context.js";
import { silentLogger } from "./logger.js";
import { defaultRegistry, type Methods } from "./registry.js";
import { createRouter, type RouterOptions } from "./router.js";
import type { Schema, SchemaInput, SchemaOutput } from "./standard-schema.js";
import { methodNameOf, type RegisteredHandler } from "./websocket-rpc.js";

/** The options of {@link createCaller}. */
export interface CallerOptions extends RouterOptions {
  /** The methods to call. Default: the default registry. */
  registry?: Methods;
  /** Overrides the connection that handlers see. Default: user `"test"`, a deadline in 30 s, a silent log. */
  conn?: Partial<ConnectionContext>;
}

/** Calls handlers in the same process, like a client without a socket. */
export interface Caller {
  /** Calls a handler that {@link websocketRpc} registered. */
  call<Params extends Schema, Result extends Schema>(
    handler: RegisteredHandler<Params, Result>,
    ...params: ParamsArgument<SchemaInput<Params>>
  ): Promise<SchemaOutput<Result>>;
  /** Calls a method by its name. */
  call(method: string, params?: unknown): Promise<unknown>;
}

/** The params of a call, optional if they may be undefined. */
type ParamsArgument<Params> = undefined extends Params ? [params?: Params] : [params: Params];

/**
 * Creates a caller for unit tests of handlers: without a server, params and results are validated,
 * middleware runs, and errors are {@link RPCError}s. Unlike over the wire, an unexpected error is the
 * `cause` of the internal error.
 *
 * @example
 * ```ts
 * const caller = createCaller({ conn: { userId: "42" } });
 * const stats = await caller.call(getStats, { user_id: "42" });
 * ```
 */
export function createCaller(options: CallerOptions = {}): Caller {
  const router = createRouter(options.registry ?? defaultRegistry(), options);
  return {
    async call(target: string | object, params?: unknown) {
      const method = typeof target === "string" ? target : methodNameOf(target);
      if (method === undefined) {
        throw new ArgumentError(
          "this function is not a registered handler: register it with websocketRpc(…)",
        );
      }
      return await router.call({ ...testConnection(), ...options.conn, method }, params);
    },
  };
}

function testConnection(): Omit<ConnectionContext, "method"> {
  return {
    userId: "test",
    clientId: uuidv7(),
    transport: "in_memory",
    protocol: "json",
    meta: {},
    correlationId: uuidv7(),
    deadline: new Date(Date.now() + DEFAULT_TIMEOUT_MS),
    signal: new AbortController().signal,
    log: silentLogger,
  };
}
