import { ArgumentError } from "../protocol/index.js";
import type { ConnectionContext } from "./connection-context.js";
import type { DefinedError } from "./define-error.js";
import {
  checkMethodName,
  type Handler,
  type Method,
  type MethodOptions,
  type NoParams,
  type NoResult,
} from "./method.js";
import { defaultRegistry, type Registry } from "./registry.js";
import { isSchema, type Schema, type SchemaInput, type SchemaOutput } from "./standard-schema.js";

/** The options of {@link websocketRpc}. */
export interface WebsocketRpcOptions<
  Params extends Schema,
  Result extends Schema,
> extends MethodOptions<Params, Result> {
  /** Where to register the method instead of the default registry. */
  registry?: Registry;
}

/** A registered handler: the plain function, with the types of the call for {@link Caller.call}. */
export type RegisteredHandler<Params extends Schema, Result extends Schema> = Handler<
  Params,
  Result
> & {
  /** Types only, absent at run time: what a caller sends and receives. */
  readonly "~call"?: { params: SchemaInput<Params>; result: SchemaOutput<Result> };
};

/** What {@link websocketRpc} returns: it registers a function, also as a method decorator. */
export interface WebsocketRpc<Params extends Schema, Result extends Schema> {
  /**
   * Registers a method of a class: a static method when the class is defined, an instance method
   * when the instance is created.
   */
  <This>(
    method: (
      this: This,
      conn: ConnectionContext,
      params: SchemaOutput<Params>,
    ) => Promise<SchemaInput<Result>>,
    context: ClassMethodDecoratorContext<
      This,
      (
        this: This,
        conn: ConnectionContext,
        params: SchemaOutput<Params>,
      ) => Promise<SchemaInput<Result>>
    >,
  ): void;

  /** Registers `handler` and returns it. */
  (handler: Handler<Params, Result>): RegisteredHandler<Params, Result>;
}

/**
 * Registers an async function as the handler of a method. The returned function takes the handler, or
 * serves as a standard (TC39) method decorator. Params and result are checked at run time,
 * and the types of the handler follow from the schemas. Without `params` the handler receives
 * `undefined`; without `result` it returns nothing.
 *
 * @example
 * ```ts
 * export const getStats = websocketRpc("tasks.get_stats", {
 *   params: z.object({ user_id: z.string() }),
 *   result: z.object({ total: z.int() }),
 * })(async (conn, params) => ({ total: await countTasks(params.user_id) }));
 *
 * class Tasks {
 *   @websocketRpc("tasks.get_stats", { params: TaskStatsParams, result: TaskStatsResult })
 *   async getStats(conn: ConnectionContext, params: z.output<typeof TaskStatsParams>) {
 *     return { total: 3 };
 *   }
 * }
 * ```
 *
 * @throws ArgumentError `CRPC_METHOD_INVALID` for an invalid name, for params or a result that are
 * not a schema, for errors not made by `defineError`, and for a handler that is not a function.
 * CodedError `CRPC_METHOD_DUPLICATE` for a name that is taken.
 */
export function websocketRpc<Params extends Schema = NoParams, Result extends Schema = NoResult>(
  methodName: string,
  options: WebsocketRpcOptions<Params, Result> = {},
): WebsocketRpc<Params, Result> {
  checkMethodName(methodName);
  if (typeof options !== "object") {
    throw new ArgumentError(
      `method "${methodName}": websocketRpc(…) takes options; pass the handler to the returned ` +
        `function, as in websocketRpc(name, options)(async (conn, params) => …)`,
      "CRPC_METHOD_INVALID",
    );
  }
  checkSchemas(methodName, options);
  checkErrors(methodName, options.errors);
  const { registry, ...methodOptions } = options;
  const add = (handler: Method["handler"]): void =>
    (registry ?? defaultRegistry()).register({
      name: methodName,
      options: methodOptions,
      handler,
    });

  function register(
    handler: (this: unknown, conn: ConnectionContext, params: never) => Promise<unknown>,
    context?: ClassMethodDecoratorContext,
  ): unknown {
    const isLegacyDecorator = context !== undefined && typeof context !== "object";
    if (typeof handler !== "function" || isLegacyDecorator) {
      throw new ArgumentError(
        `method "${methodName}": websocketRpc(…) takes a function; it is a standard decorator, so ` +
          `turn off experimentalDecorators`,
        "CRPC_METHOD_INVALID",
      );
    }
    const untyped = handler as Method["handler"];
    if (context) {
      // Not `context.metadata`: Node 20 has no Symbol.metadata.
      context.addInitializer(function (this: unknown) {
        add((conn, params) => untyped.call(this, conn, params));
      });
      return undefined;
    }
    add(untyped);
    methodNames.set(handler, methodName);
    return handler;
  }

  return register as WebsocketRpc<Params, Result>;
}

function checkSchemas(methodName: string, options: WebsocketRpcOptions<Schema, Schema>): void {
  for (const part of ["params", "result"] as const) {
    // An explicit `undefined` is a mistake: often an import cycle, whose schema is not loaded yet.
    if (!(part in options) || isSchema(options[part])) continue;
    throw new ArgumentError(
      `method "${methodName}": its ${part} must be a schema that implements Standard Schema and its ` +
        `JSON Schema interface, as those of Zod 4.2 or newer and ArkType 2.1.28 or newer do`,
      "CRPC_METHOD_INVALID",
    );
  }
}

function checkErrors(methodName: string, errors: readonly DefinedError[] = []): void {
  for (const error of errors) {
    if (typeof error?.definition?.code === "number") continue;
    throw new ArgumentError(
      `method "${methodName}": its errors must be classes made with defineError(…)`,
      "CRPC_METHOD_INVALID",
    );
  }
}

const methodNames = new WeakMap<object, string>();

/** The name under which {@link websocketRpc} registered a handler, or `undefined`. */
export function methodNameOf(handler: object): string | undefined {
  return methodNames.get(handler);
}
