import { RESERVED_METHOD_PREFIX } from "../protocol/index.js";
import type { ConnectionContext } from "./connection-context.js";
import type { Middleware } from "./middleware.js";
import type { Schema, SchemaInput, SchemaOutput } from "./schema.js";

/** The function behind a method: it receives valid params and returns the result. */
export type Handler<Params extends Schema = Schema, Result extends Schema = Schema> = (
  conn: ConnectionContext,
  params: SchemaOutput<Params>,
) => Promise<SchemaInput<Result>>;

/** What a method consists of besides its name and its handler. */
export interface MethodOptions<Params extends Schema, Result extends Schema> {
  /** The schema of the params: an object. */
  params: Params;
  /** The schema of the result: an object. */
  result: Result;
  /** What the method does. Becomes its doc comment in the generated clients. */
  description?: string;
  /** Runs around this method's handler only, inside the router's own middleware. */
  middleware?: readonly Middleware[];
}

/** A registered method. */
export interface Method {
  readonly name: string;
  readonly options: MethodOptions<Schema, Schema>;
  readonly handler: (conn: ConnectionContext, params: unknown) => Promise<unknown>;
}

/**
 * Refuses a name that no method can have.
 *
 * @throws TypeError that states the rule.
 */
export function checkMethodName(name: string): void {
  if (name.startsWith(RESERVED_METHOD_PREFIX)) {
    throw new TypeError(
      `method "${name}": names that start with ${RESERVED_METHOD_PREFIX} are reserved`,
    );
  }
  if (name.length > 255 || !/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(name)) {
    throw new TypeError(
      `method "${name}": a name is words of letters, digits, "_" and "-", joined by dots, ` +
        `at most 255 characters, as in "tasks.get_stats"`,
    );
  }
}
