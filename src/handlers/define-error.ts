import { ArgumentError, RPCError } from "../protocol/index.js";
import { isSchema, type Schema, type SchemaInput } from "./standard-schema.js";

/** The options of {@link defineError}. */
export interface DefineErrorOptions<Details extends Schema = Schema> {
  /** An integer from 1000 to 1999, unique among the errors of the contract. */
  code: number;
  /** The message if the constructor receives none. Default: the name. */
  message?: string;
  /** When it happens. Becomes its doc comment in the generated clients. */
  description?: string;
  /** The schema of the details. Default: no details. */
  details?: Details;
}

/** The name and the options of a defined error. */
export interface ErrorDefinition extends Readonly<DefineErrorOptions> {
  readonly name: string;
}

/** The class of an error that methods can declare in `errors`. */
export interface DefinedError {
  readonly definition: ErrorDefinition;
  new (...args: never): RPCError;
}

/** The class of an error without details. */
export interface PlainDefinedError extends DefinedError {
  new (message?: string, options?: ErrorOptions): RPCError & { readonly details: undefined };
}

/** The class of an error with details. */
export interface DetailedDefinedError<Details extends Schema> extends DefinedError {
  new (
    details: SchemaInput<Details>,
    message?: string,
    options?: ErrorOptions,
  ): RPCError & { readonly details: SchemaInput<Details> };
}

const DEFINED = Symbol.for("centrifugo-rpc.DefinedError");

/**
 * Defines the class of an application error. Handlers throw it, methods declare it in
 * `errors`, and the generated clients have a class of the same name for it.
 *
 * @example
 * ```ts
 * const TaskNotFound = defineError("TaskNotFound", {
 *   code: 1001,
 *   message: "the task does not exist",
 *   details: z.object({ task_id: z.int() }),
 * });
 *
 * websocketRpc("tasks.get", { …, errors: [TaskNotFound] })(async (conn, { task_id }) => {
 *   throw new TaskNotFound({ task_id });
 * });
 * ```
 *
 * @throws ArgumentError `CRPC_METHOD_INVALID` for a name that is not in PascalCase, a
 * code that is not an integer from 1000 to 1999, and details that are not a schema.
 */
export function defineError<Details extends Schema>(
  name: string,
  options: DefineErrorOptions<Details> & { details: Details },
): DetailedDefinedError<Details>;
export function defineError(
  name: string,
  options: Omit<DefineErrorOptions, "details">,
): PlainDefinedError;
export function defineError(name: string, options: DefineErrorOptions): unknown {
  checkDefinition(name, options);
  const definition: ErrorDefinition = { ...options, name };
  const Defined = class extends RPCError {
    static readonly definition = definition;
    override readonly name = name;

    constructor(...args: unknown[]) {
      const [details, message, errorOptions] = options.details ? args : [undefined, ...args];
      const text = (message as string | undefined) ?? options.message ?? name;
      super(options.code, text, details, errorOptions as ErrorOptions | undefined);
    }
  };
  Object.defineProperty(Defined, "name", { value: name });
  Object.defineProperty(Defined.prototype, DEFINED, { value: Defined });
  return Defined;
}

function checkDefinition(name: string, { code, ...options }: DefineErrorOptions): void {
  if (!/^[A-Z][A-Za-z0-9]{0,99}$/.test(name)) {
    throw new ArgumentError(
      `error "${name}": the name must be in PascalCase, like "TaskNotFound"`,
      "CRPC_METHOD_INVALID",
    );
  }
  if (!Number.isInteger(code) || code < 1000 || code > 1999) {
    throw new ArgumentError(
      `error "${name}": the code must be an integer from 1000 to 1999, not ${code}`,
      "CRPC_METHOD_INVALID",
    );
  }
  if ("details" in options && !isSchema(options.details)) {
    throw new ArgumentError(
      `error "${name}": the details must be a schema that implements Standard Schema and its JSON ` +
        `Schema interface`,
      "CRPC_METHOD_INVALID",
    );
  }
}

/** Returns the class of an error made with {@link defineError}, or `undefined`. */
export function definedErrorOf(error: RPCError): DefinedError | undefined {
  return (error as { [DEFINED]?: DefinedError })[DEFINED];
}

/** Copies an error with the details as encoded by their schema. */
export function withDetails(defined: DefinedError, error: RPCError, details: unknown): RPCError {
  const { message, cause, stack } = error;
  const Defined = defined as unknown as new (...args: unknown[]) => RPCError;
  const copy = new Defined(details, message, cause === undefined ? undefined : { cause });
  if (stack !== undefined) copy.stack = stack;
  return copy;
}
