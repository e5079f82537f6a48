import { RESERVED_METHOD_PREFIX, type Contract, type ContractMethod } from "../protocol/index.js";
import {
  unreachable,
  type ApiMethod,
  type ApiModel,
  type Field,
  type JsonValue,
  type Model,
  type Models,
  type Type,
} from "./api-model.js";
import { failOn, type ContractProblem } from "./contract-error.js";
import { ModelRegistry } from "./model-registry.js";
import { RENAME_FIELD, RENAME_METHOD } from "./name-scope.js";
import { SchemaReader } from "./schema-reader.js";
import { pascalCase, wordsOf } from "./words.js";

export { failOn };

/** The name that marks an envelope: params with it would be taken for one. */
const RESERVED_FIELD = "$rpc";

/**
 * Reads a contract into the model that every generator prints. Nothing in it depends on the order
 * of the methods.
 *
 * @throws ContractError when a schema cannot become a type, with all such places.
 */
export function buildModel(contract: Contract): ApiModel {
  const registry = new ModelRegistry();
  const sorted = contract.methods.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const methods = sorted.map((method) => readMethod(method, registry));
  const { models, inputName } = registry.finish();
  const { problems } = registry;
  sorted.forEach((method, index) => problems.push(...nameProblems(method, sorted[index - 1])));
  for (const method of methods) problems.push(...fieldProblems(method, models, inputName));
  failOn(problems);
  return {
    methods: methods.map((method) => ({ ...method, params: inputName(method.params) })),
    models: [...models.values()].map((model) => withFittingDefaults(model, models)),
  };
}

function readMethod(method: ContractMethod, registry: ModelRegistry): ApiMethod {
  const { name, description } = method;
  const base = pascalCase(wordsOf(name));
  const read = (part: "params" | "result", suffix: string) =>
    new SchemaReader(method[part], part === "params", registry).readRoot(
      { method: name, path: part },
      base + suffix,
    );
  return {
    name,
    description: description?.trim() === "" ? undefined : description,
    params: read("params", "Params"),
    result: read("result", "Result"),
  };
}

function nameProblems(method: ContractMethod, previous?: ContractMethod): ContractProblem[] {
  const origin = { method: method.name, path: "", fix: RENAME_METHOD };
  if (wordsOf(method.name).length === 0) {
    return [{ ...origin, problem: "the name has no letter and no digit" }];
  }
  if (method.name.startsWith(RESERVED_METHOD_PREFIX)) {
    return [{ ...origin, problem: `names that start with ${RESERVED_METHOD_PREFIX} are reserved` }];
  }
  if (method.name === previous?.name) {
    return [{ ...origin, problem: "the method is in the contract twice" }];
  }
  return [];
}

function fieldProblems(
  method: ApiMethod,
  models: Models,
  inputName: (name: string) => string,
): ContractProblem[] {
  const params = models.get(inputName(method.params));
  if (params?.kind !== "object") return [];
  if (!params.fields.some((field) => field.name === RESERVED_FIELD)) return [];
  const path = `params.${RESERVED_FIELD}`;
  const problem = "the protocol reserves this name in params";
  return [{ method: method.name, path, problem, fix: RENAME_FIELD }];
}

/** A default that is no value of its field's type (before a transform, say) is left out. */
function withFittingDefaults(model: Model, models: Models): Model {
  if (model.kind !== "object") return model;
  const fields = model.fields.map((field): Field =>
    field.default === undefined || fits(field.default, field.type, models)
      ? field
      : { ...field, default: undefined },
  );
  return { ...model, fields };
}

function fits(value: JsonValue, type: Type, models: Models): boolean {
  switch (type.kind) {
    case "unknown":
      return true;
    case "string":
    case "number":
    case "boolean":
      return typeof value === type.kind;
    case "integer":
      return Number.isInteger(value);
    case "nullable":
      return value === null || fits(value, type.type, models);
    case "array":
      return Array.isArray(value) && value.every((item) => fits(item, type.items, models));
    case "map":
      return isJsonObject(value) && Object.values(value).every((v) => fits(v, type.values, models));
    case "model": {
      const model = models.get(type.model);
      if (model?.kind === "enum") return model.values.some((known) => known === value);
      return model?.kind === "object" ? isJsonObject(value) : true;
    }
    default:
      return unreachable(type);
  }
}

function isJsonObject(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
