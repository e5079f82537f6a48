import { type Field, type JsonValue, type Type } from "../model/api-model.js";
import type { PythonNames } from "./names.js";
import { literal } from "./source.js";

/**
 * The default of a field in its class, if possible. Not lists and objects: only fields that were set
 * are sent, so a change in one would be lost. Nor strings that are other types in Python.
 */
export function defaultLiteral(field: Field, names: PythonNames): string | undefined {
  const { default: value, type } = field;
  return value === undefined ? undefined : literalOf(value, type, names);
}

function literalOf(value: JsonValue, type: Type, names: PythonNames): string | undefined {
  if (typeof value === "object" && value !== null) return undefined;
  switch (type.kind) {
    case "format":
      return type.format === "int64" || type.format === "uint64" ? String(value) : undefined;
    case "nullable":
      return value === null ? "None" : literalOf(value, type.type, names);
    case "model":
      return ofModel(value, type.model, names);
    default:
      return literal(value);
  }
}

function ofModel(value: JsonValue, name: string, names: PythonNames): string | undefined {
  const model = names.models.get(name)!;
  switch (model.kind) {
    case "enum":
      return literal(value);
    case "alias":
      return literalOf(value, model.type, names);
    case "union": {
      const json = typeof value;
      const variant = model.variants.find((candidate) => candidate.json === json);
      // A string of digits next to a number stays a string.
      return variant === undefined || variant.type.kind === "format"
        ? undefined
        : literalOf(value, variant.type, names);
    }
    case "object":
      return undefined;
  }
}
