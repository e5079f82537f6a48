import {
  modelsByName,
  type ApiError,
  type ApiMethod,
  type ApiModel,
  type Models,
  type ObjectModel,
  type Type,
} from "../model/api-model.js";
import { sampleOf, type Sample } from "./sample.js";

/** A method with what a generated client needs to print it. */
export interface ClientMethod extends Omit<ApiMethod, "errors"> {
  /** Its name in the language. */
  readonly identifier: string;
  /** The object that its params are, behind any alias; `undefined` for params of another type. */
  readonly paramsModel: ObjectModel | undefined;
  /** Whether its params are an object that can be left out: no field of it is required. */
  readonly allOptional: boolean;
  /** What it declares that it fails with, sorted by name. */
  readonly errors: readonly ApiError[];
}

/** The methods of an API under their names in a language. */
export function clientMethods(
  api: ApiModel,
  identifiers: ReadonlyMap<string, string>,
): ClientMethod[] {
  const models = modelsByName(api);
  return api.methods.map((method) => {
    const paramsModel = method.params && objectBehind(method.params, models);
    return {
      ...method,
      identifier: identifiers.get(method.name)!,
      paramsModel,
      allOptional: paramsModel?.fields.every((field) => !field.required) ?? false,
      errors: api.errors.filter((error) => method.errors.includes(error.name)),
    };
  });
}

function objectBehind(type: Type, models: Models): ObjectModel | undefined {
  const model = type.kind === "model" ? models.get(type.model) : undefined;
  if (model?.kind === "alias") return objectBehind(model.type, models);
  return model?.kind === "object" ? model : undefined;
}

/** A call for a README. */
export interface Example {
  readonly method: ClientMethod;
  /** `undefined` for a method without params. */
  readonly params: Sample | undefined;
}

/** A call of the first method, if there is one. */
export function firstExample(api: ApiModel, methods: readonly ClientMethod[]): Example | undefined {
  const [method] = methods;
  if (method === undefined) return undefined;
  return { method, params: method.params && sampleOf(method.params, modelsByName(api)) };
}
