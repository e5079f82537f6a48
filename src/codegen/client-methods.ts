import {
  modelsByName,
  objectModel,
  type ApiMethod,
  type ApiModel,
  type ObjectModel,
} from "./api-model.js";
import { sampleObject, type Sample } from "./sample.js";

/** A method with what a generated client needs to print it. */
export interface ClientMethod extends ApiMethod {
  /** Its name in the language. */
  readonly identifier: string;
  readonly paramsModel: ObjectModel;
  /** Whether it can be called without any param. */
  readonly allOptional: boolean;
}

/** The methods of an API under their names in a language. */
export function clientMethods(
  api: ApiModel,
  identifiers: ReadonlyMap<string, string>,
): ClientMethod[] {
  const models = modelsByName(api);
  return api.methods.map((method) => {
    const paramsModel = objectModel(models, method.params);
    const allOptional = paramsModel.fields.every((field) => !field.required);
    return { ...method, paramsModel, allOptional, identifier: identifiers.get(method.name)! };
  });
}

/** A call for a README. */
export interface Example {
  readonly identifier: string;
  readonly params: Sample;
}

/** A call of the first method, if there is one. */
export function firstExample(api: ApiModel, methods: readonly ClientMethod[]): Example | undefined {
  const [first] = methods;
  if (first === undefined) return undefined;
  const params = sampleObject(first.paramsModel, modelsByName(api));
  return { identifier: first.identifier, params };
}
