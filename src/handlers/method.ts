import { ArgumentError, RESERVED_METHOD_PREFIX } from "../protocol/index.js";
import type { ConnectionContext } from "./connection-context.js";
import type { DefinedError } from "./define-error.js";
import type { Middleware } from "./middleware.js";
import type { Schema, SchemaInput, SchemaOutput } from "./standard-schema.js";

/** The function that implements a method: it receives valid params and returns the result. */
export type Handler<Params extends Schema = Schema, Result extends Schema = Schema> = (
  conn: ConnectionContext,
  params: SchemaOutput<Params>,
) => Promise<SchemaInput<Result>>;

/** The schema of a method without `params`: the handler receives `undefined`. */
export type NoParams = Schema<undefined>;

/** The schema of a method without `result`: the handler returns nothing, the caller gets `null`. */
export type NoResult = Schema<void, null>;

/** The options of a method. */
export interface MethodOptions<Params extends Schema, Result extends Schema> {
  /** The schema of the params: an object or any other JSON value. Default: no params. */
  params?: Params;
  /** The schema of the result. Default: no result. */
  result?: Result;
  /** What the method does. Becomes its doc comment in the generated clients. */
  description?: string;
  /** Marks the method as deprecated: a string is the reason, such as the method to use instead. */
  deprecated?: true | string;
  /** Marks a method whose calls are safe to repeat. */
  idempotent?: true;
  /**
   * How many JSON values the params may have, counting objects, arrays and what is in them. Calls
   * with more fail with 413 before validation. Default 10,000.
   */
  maxParamsNodes?: number;
  /** The errors that the handler throws for its callers: classes made with `defineError`. */
  errors?: readonly DefinedError[];
  /** Example calls for documentation. They are checked when the contract is built. */
  examples?: readonly MethodExample<Params, Result>[];
  /** Middleware of this method only; it runs inside the middleware of the router. */
  middleware?: readonly Middleware[];
}

/** An example call of a method. */
export interface MethodExample<Params extends Schema, Result extends Schema> {
  description?: string;
  /** The params as a caller sends them. */
  params?: SchemaInput<Params>;
  /** The result as the handler returns it. */
  result?: SchemaInput<Result>;
}

/** A registered method. */
export interface Method {
  readonly name: string;
  readonly options: MethodOptions<Schema, Schema>;
  readonly handler: (conn: ConnectionContext, params: unknown) => Promise<unknown>;
  /** Whether the handler remembers its calls, so that it may be called again for the same call. */
  readonly keepsCalls?: () => boolean;
}

/**
 * Checks the name of a method.
 *
 * @throws ArgumentError `CRPC_METHOD_INVALID` that states the rule.
 */
export function checkMethodName(name: string): void {
  if (name.startsWith(RESERVED_METHOD_PREFIX)) {
    throw new ArgumentError(
      `method "${name}": names that start with ${RESERVED_METHOD_PREFIX} are reserved`,
      "CRPC_METHOD_INVALID",
    );
  }
  if (name.length > 255 || !/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(name)) {
    throw new ArgumentError(
      `method "${name}": a name is words of letters, digits, "_" and "-", joined by dots, ` +
        `at most 255 characters, like "tasks.get_stats"`,
      "CRPC_METHOD_INVALID",
    );
  }
}
