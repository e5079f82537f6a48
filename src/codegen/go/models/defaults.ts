import {
  behindAlias,
  type Field,
  type JsonValue,
  type Models,
  type ObjectModel,
  type Type,
} from "../../model/api-model.js";

/**
 * Whether a constructor sets the default of a field, which then always has a value. The server sets
 * other defaults.
 */
export function hasPlainDefault(field: Field, models: Models): boolean {
  return field.default !== undefined && isLiteral(field.default, field.type, models);
}

/** Whether a model has a constructor, which sets the defaults. */
export function hasConstructor(model: ObjectModel, models: Models): boolean {
  return model.fields.some((field) => hasPlainDefault(field, models));
}

/** Whether Go has a literal or a constant for a default. */
function isLiteral(value: JsonValue, of: Type, models: Models): boolean {
  const type = behindAlias(of, models);
  switch (type.kind) {
    case "string":
    case "boolean":
    case "number":
      return true;
    case "integer":
      return Number.isSafeInteger(value);
    case "format":
      return isLiteralFormat(type.format, value as string);
    case "model":
      return models.get(type.model)?.kind === "enum";
    default:
      return false;
  }
}

function isLiteralFormat(format: string, text: string): boolean {
  switch (format) {
    case "int64":
      return BigInt.asIntN(64, BigInt(text)) === BigInt(text);
    case "uint64":
      return BigInt.asUintN(64, BigInt(text)) === BigInt(text);
    case "base64":
    case "base64url":
    case "date-time":
      return false;
    default:
      return true;
  }
}
