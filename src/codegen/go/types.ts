import { unreachable, type EnumBase, type Model, type Models, type Type } from "../api-model.js";

/** The Go types of JSON's own types. Anything is kept as the JSON it is. */
const BASIC = {
  string: "string",
  integer: "int64",
  number: "float64",
  boolean: "bool",
  unknown: "json.RawMessage",
} as const;

/**
 * A type in Go.
 *
 * @param prefix stands before the names of models: the package's name outside of the package
 */
export function goType(type: Type, models: Models, prefix = ""): string {
  switch (type.kind) {
    case "string":
    case "integer":
    case "number":
    case "boolean":
    case "unknown":
      return BASIC[type.kind];
    case "array":
      return `[]${goType(type.items, models, prefix)}`;
    case "map":
      return `map[string]${goType(type.values, models, prefix)}`;
    case "nullable":
      return (isNilable(type.type) ? "" : "*") + goType(type.type, models, prefix);
    case "model":
      return modelType(models.get(type.model)!, prefix);
    default:
      return unreachable(type);
  }
}

function modelType(model: Model, prefix: string): string {
  return model.kind === "enum" && model.base === "boolean" ? "bool" : prefix + model.name;
}

/** The type below an enum's own. */
export function enumBase(base: EnumBase): string {
  return BASIC[base];
}

/** Whether the type has nil without a pointer to it. */
export function isNilable(type: Type): boolean {
  switch (type.kind) {
    case "array":
    case "map":
    case "unknown":
    case "nullable":
      return true;
    case "string":
    case "integer":
    case "number":
    case "boolean":
    case "model":
      return false;
    default:
      return unreachable(type);
  }
}
