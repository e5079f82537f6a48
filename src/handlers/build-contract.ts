import { isDeepStrictEqual } from "node:util";
import {
  ArgumentError,
  withoutUndefined,
  type Contract,
  type ContractErrorType,
  type ContractExample,
  type ContractMethod,
  type JsonSchema,
} from "../protocol/index.js";
import { normalSchema } from "../schema/index.js";
import type { DefinedError } from "./define-error.js";
import { jsonSchema, NoJsonError } from "./print-schema.js";
import type { Method, MethodExample } from "./method.js";
import type { Methods } from "./registry.js";
import { validateNow, type Schema } from "./standard-schema.js";

/**
 * Builds the contract of all methods, the input of client generators and checks.
 *
 * @throws ArgumentError `CRPC_CONTRACT_INVALID` that lists, with method and place, every schema that
 * JSON Schema cannot express, every example that does not match its schema, and all errors that
 * share a name or a code.
 */
export function buildContract(registry: Pick<Methods, "list">): Contract {
  const problems = new Problems();
  const errors = new ErrorTypes(problems);
  const methods = registry.list().map((method): ContractMethod => {
    const { name, options } = method;
    const { description, deprecated, idempotent, params, result } = options;
    const types = (options.errors ?? []).map((error) => errors.typeOf(error, name));
    const examples = (options.examples ?? []).map((given, index) =>
      contractExample(method, given, `${name} example ${index + 1}`, problems),
    );
    return withoutUndefined({
      name,
      description,
      deprecated,
      idempotent: idempotent === true ? idempotent : undefined,
      params: problems.express(`${name} params`, params, "input"),
      result: problems.express(`${name} result`, result, "output"),
      errors: types.length > 0 ? types.toSorted((a, b) => a.code - b.code) : undefined,
      examples: examples.length > 0 ? examples : undefined,
    });
  });
  problems.throwAll();
  return { contract: 1, methods };
}

/** Collects everything that prevents a registry from having a contract. */
class Problems {
  readonly #noJson: string[] = [];
  readonly #others: string[] = [];

  add(problem: string): void {
    this.#others.push(`- ${problem}`);
  }

  /** Returns the normal form of a schema, or adds a problem and returns `{}` if JSON has none. */
  express(
    place: string,
    schema: Schema | undefined,
    io: "input" | "output",
  ): JsonSchema | undefined {
    if (!schema) return undefined;
    try {
      return normalSchema(jsonSchema(schema, io));
    } catch (error) {
      if (error instanceof NoJsonError) {
        const lines = error.parts.map(({ path, what }) => `- ${place}${path}: ${what}`);
        this.#noJson.push(...lines.map((line) => `${line} cannot be represented in JSON`));
      } else {
        this.add(`${place}: ${libraryProblem(error)}`);
      }
      return {};
    }
  }

  throwAll(): void {
    const noJson =
      this.#noJson.length === 0
        ? []
        : [
            "these methods cannot be expressed in JSON:",
            ...this.#noJson,
            `Fix: use a type that JSON has, like z.iso.datetime() or "string.date.iso" for a date; ` +
              `declare the type after a transform, as in .pipe(z.int())`,
          ];
    const others = this.#others.length === 0 ? [] : ["the contract is invalid:", ...this.#others];
    const lines = [...noJson, ...others];
    if (lines.length > 0) throw new ArgumentError(lines.join("\n"), "CRPC_CONTRACT_INVALID");
  }
}

/** What a schema library throws for a schema that it cannot print, and what to do. */
function libraryProblem(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError) {
    const fix = "create the recursive schema once, and refer to it in a getter or in z.lazy()";
    return `the schema has no end: its library failed with "${message}". Fix: ${fix}`;
  }
  const isTwin = /duplicate schema id/i.test(message);
  const fix = "give one of the two schemas another id, or use one schema object in both places";
  return isTwin ? `${message} Fix: ${fix}` : message;
}

/** The errors that methods declare. A name and a code identify one error in the whole contract. */
class ErrorTypes {
  readonly #problems: Problems;
  readonly #types = new Map<DefinedError, ContractErrorType>();
  readonly #first = new Map<string | number, { type: ContractErrorType; method: string }>();

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  typeOf(error: DefinedError, method: string): ContractErrorType {
    const known = this.#types.get(error);
    if (known) return known;
    const { name, code, description, details } = error.definition;
    const type: ContractErrorType = withoutUndefined({
      name,
      code,
      description,
      details: this.#problems.express(`${method} error ${name} details`, details, "output"),
    });
    this.#types.set(error, type);
    this.#check(type, method);
    return type;
  }

  #check(type: ContractErrorType, method: string): void {
    for (const key of [type.name, type.code]) {
      const first = this.#first.get(key);
      if (!first) this.#first.set(key, { type, method });
      else if (!isDeepStrictEqual(first.type, type)) {
        this.#problems.add(
          `error ${named(type)} of ${method} conflicts with error ${named(first.type)} of ` +
            `${first.method}: define it once, or give it another name and code`,
        );
        return;
      }
    }
  }
}

function named({ name, code }: ContractErrorType): string {
  return `${name} (${code})`;
}

function contractExample(
  { options }: Method,
  { description, params, result }: MethodExample<Schema, Schema>,
  place: string,
  problems: Problems,
): ContractExample {
  const onWire = (part: "params" | "result", value: unknown): unknown => {
    if (value === undefined) return undefined;
    const sent = checkedExample(`${place} ${part}`, options[part], value, problems);
    return asJson(`${place} ${part}`, part === "params" ? value : sent, problems);
  };
  return withoutUndefined({
    description,
    params: onWire("params", params),
    result: onWire("result", result),
  });
}

/** Returns an example's value as parsed by the schema, or unchanged if the schema is asynchronous. */
function checkedExample(
  place: string,
  schema: Schema | undefined,
  value: unknown,
  problems: Problems,
): unknown {
  if (!schema) {
    problems.add(`${place}: the method does not declare any`);
    return value;
  }
  const outcome = validateNow(schema, value);
  if (!outcome) return value;
  if ("value" in outcome) return outcome.value;
  for (const { path, message } of outcome.issues) {
    problems.add(`${[place, ...path].join(".")}: ${message}`);
  }
  return value;
}

/** Returns a value as it is sent on the wire. */
function asJson(place: string, value: unknown, problems: Problems): unknown {
  try {
    const json = JSON.stringify(value) as string | undefined;
    return json === undefined ? null : JSON.parse(json);
  } catch (error) {
    problems.add(`${place}: ${(error as Error).message}`);
    return null;
  }
}
