import { ArgumentError, RESERVED_METHOD_PREFIX } from "../protocol/index.js";
import type { ConnectionContext } from "./connection-context.js";
import type { DefinedError } from "./define-error.js";
import type { Middleware } from "./middleware.js";
import type { Schema, SchemaInput, SchemaOutput } from "./standard-schema.js";

/** The function behind a method: it receives valid params and returns the result. */
export type Handler<Params extends Schema = Schema, Result extends Schema = Schema> = (
  conn: ConnectionContext,
  params: SchemaOutput<Params>,
) => Promise<SchemaInput<Result>>;

/** Params that are missing in the options: the handler receives `undefined`. */
export type NoParams = Schema<undefined>;

/** A result that is missing in the options: the handler returns nothing, the caller gets `null`. */
export type NoResult = Schema<void, null>;

/** What a method consists of besides its name and its handler. */
export interface MethodOptions<Params extends Schema, Result extends Schema> {
  /** The schema of the params: an object, or anything else that JSON has. Default: no params. */
  params?: Params;
  /** The schema of the result. Default: no result. */
  result?: Result;
  /** What the method does. Becomes its doc comment in the generated clients. */
  description?: string;
  /** Callers should use another method: the text says which, `true` says nothing more. */
  deprecated?: true | string;
  /** A call may run twice without harm. */
  idempotent?: true;
  /** What the handler throws for its callers: classes that `defineError` made. */
  errors?: readonly DefinedError[];
  /** Example calls for documents. They are checked when the contract is built. */
  examples?: readonly MethodExample<Params, Result>[];
  /** Runs around this method's handler only, inside the router's own middleware. */
  middleware?: readonly Middleware[];
}

/** One call of a method as an example. */
export interface MethodExample<Params extends Schema, Result extends Schema> {
  description?: string;
  /** What a caller sends. */
  params?: SchemaInput<Params>;
  /** What the handler returns. */
  result?: SchemaInput<Result>;
}

/** A registered method. */
export interface Method {
  readonly name: string;
  readonly options: MethodOptions<Schema, Schema>;
  readonly handler: (conn: ConnectionContext, params: unknown) => Promise<unknown>;
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
        `at most 255 characters, as in "tasks.get_stats"`,
      "CRPC_METHOD_INVALID",
    );
  }
}
