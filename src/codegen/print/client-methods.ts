import {
  objectBehind,
  type ApiError,
  type ApiMethod,
  type ApiModel,
  type EnumValue,
  type Field,
  type Models,
  type ObjectModel,
  type Type,
} from "../model/api-model.js";

/** A method with the properties that the printers need. */
export interface ClientMethod extends Omit<ApiMethod, "errors"> {
  /** Its name in the language. */
  readonly identifier: string;
  /** The object model of its params; `undefined` for params of another type. */
  readonly paramsModel: ObjectModel | undefined;
  /** Whether its params can be omitted: they are an object without required fields. */
  readonly allOptional: boolean;
  /** The errors that it declares, sorted by name. */
  readonly errors: readonly ApiError[];
}

/** The methods of an API under their names in a language. */
export function clientMethods(
  api: ApiModel,
  identifiers: ReadonlyMap<string, string>,
): ClientMethod[] {
  return api.methods.map((method) => {
    const paramsModel = method.params && objectBehind(method.params, api.byName);
    return {
      ...method,
      identifier: identifiers.get(method.name)!,
      paramsModel,
      allOptional: paramsModel?.fields.every((field) => !field.required) ?? false,
      errors: api.errors.filter((error) => method.errors.includes(error.name)),
    };
  });
}

/** A call for a README. */
export interface Example {
  readonly method: ClientMethod;
  /** The required fields of its params with a value for each. */
  readonly params: readonly ExampleField[];
}

/** A field of an example's params. */
export interface ExampleField {
  readonly field: Field;
  readonly value: EnumValue;
}

/**
 * A call of the first method whose params are easy to write: none, or an object whose required
 * fields are strings, numbers, booleans and enums. Deprecated methods are tried last.
 */
export function exampleCall(api: ApiModel, methods: readonly ClientMethod[]): Example | undefined {
  const current = methods.filter((method) => method.deprecated === undefined);
  for (const method of [...current, ...methods]) {
    if (method.params === undefined) return { method, params: [] };
    const params = method.paramsModel?.fields
      .filter((field) => field.required)
      .map((field) => ({ field, value: sampleOf(field.type, api.byName) }));
    if (params?.every((param): param is ExampleField => param.value !== undefined)) {
      return { method, params };
    }
  }
  return undefined;
}

function sampleOf(type: Type, models: Models): EnumValue | undefined {
  switch (type.kind) {
    case "string":
      return "text";
    case "integer":
    case "number":
      return 1;
    case "boolean":
      return true;
    case "model": {
      const model = models.get(type.model);
      return model?.kind === "enum" ? model.values[0] : undefined;
    }
    default:
      return undefined;
  }
}
