import type { ContractMethod, JsonSchema } from "../../protocol/index.js";
import type { Field, Model, Type } from "../model/api-model.js";
import { buildModel, type BuiltModel } from "../read/build-model.js";
import { ContractError } from "../model/contract-error.js";

/** The schema of an object all of whose properties are required. */
export function object(properties: Record<string, JsonSchema> = {}, rest: object = {}): JsonSchema {
  return { type: "object", properties, required: Object.keys(properties), ...rest };
}

/** The model of some methods. */
export function readMethods(...methods: ContractMethod[]): BuiltModel {
  return buildModel({ contract: 1, methods });
}

/** The model of the one method `a.get`. */
export function read(params: JsonSchema, result?: JsonSchema): BuiltModel {
  return readMethods({ name: "a.get", params, ...(result !== undefined && { result }) });
}

/** A model by its name. */
export function named(api: BuiltModel, name: string): Model {
  const found = api.models.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no ${name} in ${namesOf(api).join(", ")}`);
  return found;
}

export function namesOf(api: BuiltModel): string[] {
  return api.models.map((model) => model.name);
}

/** The field `x` of params, read from its schema. */
export function field(schema: JsonSchema, required = true): Field {
  const params = { type: "object", properties: { x: schema }, required: required ? ["x"] : [] };
  const found = named(read(params), "AGetParams");
  if (found.kind !== "object") throw new Error(found.kind);
  return found.fields[0]!;
}

/** The type of the field `x` of params. */
export function typeOf(schema: JsonSchema): Type {
  return field(schema).type;
}

/** What is refused, as `method path: problem`. */
export function problems(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    return error.problems.map(({ method, path, problem }) => `${method} ${path}: ${problem}`);
  }
  return [];
}
