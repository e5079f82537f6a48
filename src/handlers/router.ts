import { RPCError } from "../protocol/index.js";
import { FieldNames, Secrets, SensitiveParts } from "../redaction/index.js";
import type { ConnectionContext } from "./connection-context.js";
import { definedErrorOf, withDetails } from "./define-error.js";
import type { Method } from "./method.js";
import { compose, type Middleware, type Next } from "./middleware.js";
import { checkParamsSize } from "./params-limits.js";
import { jsonSchema } from "./print-schema.js";
import type { Methods } from "./registry.js";
import { validate, type Schema, type Validation } from "./standard-schema.js";

/** Calls methods by name. */
export interface Router {
  /** Whether there is a handler for a method. */
  has(method: string): boolean;
  /** Whether the handler of a method may run twice for one call. */
  isIdempotent(method: string): boolean;
  /**
   * Whether the handler of a method may be called again for the same call because it remembers its
   * calls, as handler services do. Default: none does.
   */
  keepsCalls?(method: string): boolean;
  /**
   * Runs the handler of `conn.method`.
   *
   * @throws RPCError for every failure; an unexpected error is its `cause`.
   */
  call(conn: ConnectionContext, params: unknown): Promise<unknown>;
}

/** The options of {@link createRouter}. */
export interface RouterOptions {
  /** Middleware of every handler; the first of the list is the outermost. */
  middleware?: readonly Middleware[];
  /**
   * Names of fields, besides the built-in ones like `password`, that log lines about invalid results
   * do not quote. Default: none.
   */
  redactFields?: readonly string[];
}

/** Creates a router for methods, including those that are registered later. */
export function createRouter(methods: Methods, options: RouterOptions = {}): Router {
  const names = new FieldNames(options.redactFields);
  return {
    has: (method) => methods.get(method) !== undefined,
    isIdempotent: (method) => methods.get(method)?.options.idempotent === true,
    keepsCalls: (method) => methods.get(method)?.keepsCalls?.() === true,

    async call(conn, params) {
      const method = methods.get(conn.method);
      if (!method) throw refusal(methods.missing?.(conn.method) ?? notFound(conn.method));
      const middleware = [...(options.middleware ?? []), ...(method.options.middleware ?? [])];
      let isValid = false;
      try {
        const validParams = await decodeParams(method, params);
        isValid = true;
        const handler = compose(middleware, inTime(method.handler));
        const result = await handler(conn, validParams);
        return await encodeResult(method, conn, result, names);
      } catch (error) {
        const rpcError = await asRpcError(method, conn, error, names);
        throw isValid ? rpcError : refusal(rpcError);
      }
    },
  };
}

const refusals = new WeakSet<RPCError>();

function refusal(error: RPCError): RPCError {
  refusals.add(error);
  return error;
}

/** Whether a router has ended a call with this error before its middleware and handler ran. */
export function isRefusal(error: unknown): boolean {
  return error instanceof RPCError && refusals.has(error);
}

type Invalid = Exclude<Validation, { value: unknown }>;

/** The handler of a call that has time left: validation and middleware may have used it up. */
function inTime(handler: Next): Next {
  return async (conn, params) => {
    conn.signal.throwIfAborted();
    if (Date.now() < conn.deadline.getTime()) return await handler(conn, params);
    throw neverStarted();
  };
}

/** The error of a call whose time is up before its handler has started. */
export function neverStarted(): RPCError {
  const message = "the call's time was up before its handler started: it did not run";
  return RPCError.of("deadline_exceeded", message, { ran: false });
}

function notFound(name: string): RPCError {
  return RPCError.of("method_not_found", `no method "${name}"`);
}

async function decodeParams(method: Method, params: unknown): Promise<unknown> {
  const { name, options } = method;
  checkParamsSize(method, params);
  const outcome = options.params ? await validateParams(options.params, params) : noParams(params);
  if ("value" in outcome) return outcome.value;
  const { issues } = outcome;
  throw RPCError.of("invalid_params", `${name}: ${describe(outcome)}`, { issues });
}

/** Absent params are `{}`; null is `{}` too if the schema does not accept null. */
async function validateParams(schema: Schema, params: unknown): Promise<Validation> {
  if (params !== null) return await validate(schema, params ?? {});
  const outcome = await validate(schema, null);
  return "value" in outcome ? outcome : await validate(schema, {});
}

function noParams(params: unknown): Validation {
  const isNone =
    typeof params === "object" && !Array.isArray(params) && Object.keys(params ?? {}).length === 0;
  if (params === undefined || isNone) return { value: undefined };
  return { issues: [{ path: [], message: "the method takes no params" }], count: 1 };
}

async function encodeResult(
  { name, options }: Method,
  conn: ConnectionContext,
  result: unknown,
  names: FieldNames,
): Promise<unknown> {
  if (!options.result) return null;
  const outcome = await validate(options.result, result);
  if ("value" in outcome) return outcome.value;
  const message = "the handler's result does not match its schema";
  const invalid = withoutSecrets(outcome, result, options.result, names);
  throw contractViolation(conn, message, `result of ${name}`, invalid);
}

/** Returns an error for the caller, with details encoded by their schema. */
async function encodeError(
  { name, options }: Method,
  conn: ConnectionContext,
  error: RPCError,
  names: FieldNames,
): Promise<RPCError> {
  const declared = options.errors?.find(({ definition }) => definition.code === error.code);
  const defined = declared ?? definedErrorOf(error);
  if (!defined) return error;
  const { name: errorName, code, details } = defined.definition;
  if (!declared) {
    const thrown = { error: errorName, code };
    conn.log.warn(thrown, "the method throws an error that it does not declare");
  }
  if (!details) return error;
  const outcome = await validate(details, error.details);
  if ("value" in outcome) return withDetails(defined, error, outcome.value);
  const message = `the details of ${errorName} do not match their schema`;
  const invalid = withoutSecrets(outcome, error.details, details, names);
  return contractViolation(conn, message, `details of ${errorName} of ${name}`, invalid);
}

/** The issues of a value for logs and traces: some schema libraries quote the value. */
function withoutSecrets(
  { issues, count }: Invalid,
  value: unknown,
  schema: Schema,
  names: FieldNames,
): Invalid {
  const secrets = new Secrets(value, { names, parts: sensitiveParts(schema) });
  return { issues: secrets.redactIssues(issues), count };
}

function sensitiveParts(schema: Schema): SensitiveParts | undefined {
  try {
    return SensitiveParts.of(jsonSchema(schema, "input"));
  } catch {
    // A schema without a JSON Schema: anything may be sensitive.
    return SensitiveParts.of({ sensitive: true });
  }
}

/** The handler broke the contract: the issues are logged, and the caller only sees `internal`. */
function contractViolation(
  conn: ConnectionContext,
  message: string,
  what: string,
  invalid: Invalid,
): RPCError {
  conn.log.error({ issues: invalid.issues }, message);
  return RPCError.of("internal", undefined, undefined, {
    cause: new TypeError(`${what}: ${describe(invalid)}`),
  });
}

/** Converts what a handler, a middleware or a schema threw to an error for the caller. */
async function asRpcError(
  method: Method,
  conn: ConnectionContext,
  thrown: unknown,
  names: FieldNames,
): Promise<RPCError> {
  if (thrown instanceof RPCError) {
    try {
      return await encodeError(method, conn, thrown, names);
    } catch (error) {
      return unexpected(conn, error);
    }
  }
  if (conn.signal.aborted) {
    // Most likely the abort itself, not a failure.
    conn.log.debug({ err: thrown }, "handler stopped");
    if (conn.signal.reason instanceof RPCError) return conn.signal.reason;
    return RPCError.of("cancelled", undefined, undefined, { cause: thrown });
  }
  return unexpected(conn, thrown);
}

function unexpected(conn: ConnectionContext, thrown: unknown): RPCError {
  conn.log.error({ err: thrown }, "handler failed");
  return RPCError.of("internal", undefined, undefined, { cause: thrown });
}

/** Describes the first issue and counts the others. */
function describe({ issues: [first], count }: Invalid): string {
  if (!first) return "invalid";
  const place = first.path.length > 0 ? `${first.path.join(".")}: ` : "";
  return `${place}${first.message}${count > 1 ? ` (and ${count - 1} more)` : ""}`;
}
