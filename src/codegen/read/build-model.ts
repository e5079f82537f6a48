import { clientContract } from "../../contract/index.js";
import {
  RESERVED_METHOD_PREFIX,
  type Contract,
  type ContractMethod,
} from "../../protocol/index.js";
import type { ApiError, ApiMethod, ApiModel, Model, Models, Type } from "../model/api-model.js";
import {
  describeOrigin,
  distinctProblems,
  failOn,
  type ContractProblem,
} from "../model/contract-error.js";
import { withFittingDefaults } from "../model/fitting-defaults.js";
import { readErrors } from "./error-reader.js";
import { ModelRegistry } from "../model/model-registry.js";
import { RENAME_FIELD, RENAME_METHOD, RENAME_MODEL } from "../model/name-scope.js";
import { withOpenness } from "../model/openness.js";
import { SchemaReader } from "./schema-reader.js";
import { CIRCULAR } from "./schema-resolver.js";
import { valueDepths } from "../model/value-depths.js";
import { pascalCase, wordsOf } from "../model/words.js";

/** The field that marks an envelope; params with this field would be taken for one. */
const RESERVED_FIELD = "$rpc";

/** The model of a contract, and warnings. */
export interface BuiltModel extends ApiModel {
  /** Parts that can be expressed, but not well, like ambiguous unions. */
  readonly warnings: readonly ContractProblem[];
}

/**
 * Reads a contract into the model that every generator prints. It does not depend on the order of
 * the methods.
 *
 * @throws ContractError lists all parts that cannot be expressed.
 */
export function buildModel(contract: Contract): BuiltModel {
  const registry = new ModelRegistry();
  // As if read from a file: an object that two methods share becomes two schemas.
  const copies = JSON.parse(JSON.stringify(contract.methods)) as ContractMethod[];
  const sorted = copies.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const read = sorted.map((method) => readMethod(method, registry));
  const found = readErrors(sorted, registry);
  const finished = registry.finish(found.map((error) => error.name));
  const methods = read.map((method) => ({
    ...method,
    params: method.params && finished.inputType(method.params),
    result: method.result && finished.outputType(method.result),
  }));
  const errors = found.map((error) => ({
    ...error,
    details: error.details && finished.outputType(error.details),
  }));
  const { problems } = registry;
  sorted.forEach((method, index) => problems.push(...nameProblems(method, sorted[index - 1])));
  for (const method of methods) problems.push(...fieldProblems(method, finished.models));
  problems.push(...modelProblems(finished.models, errors));
  failOn(problems);

  const models = withOpenness(
    [...finished.models.values()].map((model) => withFittingDefaults(model, finished.models)),
  );
  const { hash, methods: carried } = clientContract(contract);
  return {
    methods,
    models,
    byName: new Map(models.map((model) => [model.name, model])),
    errors,
    contract: { hash, methods: carried.map((method) => JSON.stringify(method)) },
    warnings: distinctProblems([...registry.warnings, ...models.flatMap(warningsOf)]),
  };
}

function readMethod(method: ContractMethod, registry: ModelRegistry): ApiMethod {
  const { name, description, deprecated, idempotent, errors = [] } = method;
  const base = pascalCase(wordsOf(name));
  const read = (part: "params" | "result", suffix: string): Type | undefined => {
    const schema = method[part];
    if (schema === undefined) return undefined;
    const origin = { method: name, path: part };
    const reader = new SchemaReader(schema, part === "params", registry);
    return reader.readRoot(origin, base + suffix, `${name} ${part}`);
  };
  return {
    name,
    description: description?.trim() === "" ? undefined : description,
    deprecated: deprecated === true ? "" : deprecated,
    idempotent: idempotent === true,
    params: read("params", "Params"),
    result: read("result", "Result"),
    errors: [...new Set(errors.map((error) => error.name))].toSorted(),
  };
}

function nameProblems(method: ContractMethod, previous?: ContractMethod): ContractProblem[] {
  const origin = { method: method.name, path: "", fix: RENAME_METHOD };
  if (wordsOf(method.name).length === 0) {
    return [{ ...origin, problem: "the name contains no letters or digits" }];
  }
  if (method.name.startsWith(RESERVED_METHOD_PREFIX)) {
    return [{ ...origin, problem: `names that start with ${RESERVED_METHOD_PREFIX} are reserved` }];
  }
  if (method.name === previous?.name) {
    return [{ ...origin, problem: "the contract lists the method twice" }];
  }
  return [];
}

function fieldProblems({ name: method, params }: ApiMethod, models: Models): ContractProblem[] {
  const isReserved = params !== undefined && hasReservedField(params, models, new Set());
  if (!isReserved) return [];
  const path = `params.${RESERVED_FIELD}`;
  const problem = "the protocol reserves this name in params";
  return [{ method, path, problem, fix: RENAME_FIELD }];
}

function hasReservedField(type: Type, models: Models, seen: Set<string>): boolean {
  if (type.kind === "nullable") return hasReservedField(type.type, models, seen);
  if (type.kind !== "model" || seen.has(type.model)) return false;
  seen.add(type.model);
  const model = models.get(type.model);
  if (model?.kind === "object") return model.fields.some(({ name }) => name === RESERVED_FIELD);
  if (model?.kind === "alias") return hasReservedField(model.type, models, seen);
  const variants = model?.kind === "union" ? model.variants : [];
  return variants.some((variant) => hasReservedField(variant.type, models, seen));
}

function modelProblems(models: Models, errors: readonly ApiError[]): ContractProblem[] {
  const depths = valueDepths(models);
  const all = [...models.values()];
  const circular = all.filter((model) => isCircular(model, models));
  const endless = all.filter(({ name }) => !depths.has(name));
  const named = errors.flatMap((error) => {
    const model = models.get(error.name);
    return model === undefined ? [] : [{ error, model }];
  });
  return [
    ...circular.map(({ name, origin }) => {
      return { ...origin, problem: `${name} refers only to itself`, fix: CIRCULAR[1] };
    }),
    ...endless.map(({ name, origin }) => {
      const problem = `${name} has no finite value: each one contains another`;
      return { ...origin, problem, fix: "make a field in the recursion optional or nullable" };
    }),
    ...named.map(({ error, model }) => {
      const problem = `the model ${model.name} has the same name as the error at ${describeOrigin(error.origin)}`;
      return { ...model.origin, problem, fix: RENAME_MODEL };
    }),
  ];
}

/** Whether a name is defined as itself, or as itself or null. */
function isCircular(model: Model, models: Models): boolean {
  const met = new Set<string>();
  for (let next: Model | undefined = model; next?.kind === "alias";) {
    if (met.has(next.name)) return next === model;
    met.add(next.name);
    const type: Type = next.type.kind === "nullable" ? next.type.type : next.type;
    next = type.kind === "model" ? models.get(type.model) : undefined;
  }
  return false;
}

function warningsOf(model: Model): ContractProblem[] {
  if (model.kind !== "union" || !model.ambiguous) return [];
  const hasObjects = model.variants.filter((variant) => variant.json === "object").length > 1;
  const fix = hasObjects
    ? "add a discriminator: a required literal field of the same name in every variant"
    : "use one array whose items are a union";
  const problem = `the variants of ${model.name} cannot be told apart: clients try them in order`;
  return [{ ...model.origin, problem, fix }];
}
