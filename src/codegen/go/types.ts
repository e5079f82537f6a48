import {
  unreachable,
  type AliasModel,
  type EnumModel,
  type Model,
  type Models,
  type Type,
  type WireFormat,
} from "../model/api-model.js";
import type { GoApi } from "./go-api.js";

/** The Go types of JSON's own types. Anything is kept as the JSON it is. */
const BASIC = {
  string: "string",
  integer: "int64",
  number: "float64",
  boolean: "bool",
  unknown: "json.RawMessage",
} as const;

/** The types of formats that are no texts in Go; those with an upper-case letter are the package's. */
const FORMATS: Partial<Record<WireFormat, string>> = {
  base64: "[]byte",
  base64url: "Base64URL",
  "date-time": "time.Time",
  int64: "Int64",
  uint64: "Uint64",
};

/**
 * A type in Go.
 *
 * @param prefix stands before the names of the package: its own name outside of it
 */
export function goType(type: Type, go: GoApi, prefix = ""): string {
  switch (type.kind) {
    case "string":
    case "integer":
    case "number":
    case "boolean":
    case "unknown":
      return BASIC[type.kind];
    case "null":
      return `${prefix}JSONNull`;
    case "format": {
      const name = FORMATS[type.format] ?? "string";
      return /^[A-Z]/.test(name) ? prefix + name : name;
    }
    case "array":
      return `[]${goType(type.items, go, prefix)}`;
    case "tuple":
      return prefix + go.names.tuple(type);
    case "map":
      return `map[${keyType(type.keys, go, prefix)}]${goType(type.values, go, prefix)}`;
    case "nullable":
      return pointerTo(type.type, go, prefix);
    case "model":
      return modelType(go.models.get(type.model)!, go, prefix);
    default:
      return unreachable(type);
  }
}

/** A sentence with the format of a type that is a text in Go as well. */
export function formatText(type: Type, models: Models): string | undefined {
  const known = withoutNull(type, models) ?? resolved(type, models);
  const isText = known.kind === "format" && FORMATS[known.format] === undefined;
  return isText ? `Format: ${known.format}.` : undefined;
}

/** A pointer to a type, or the type itself when it has nil. */
export function pointerTo(type: Type, go: GoApi, prefix = ""): string {
  return (isNilable(type, go.models) ? "" : "*") + goType(type, go, prefix);
}

function keyType(keys: string | undefined, go: GoApi, prefix: string): string {
  return keys === undefined ? "string" : prefix + go.names.type(keys);
}

function modelType(model: Model, go: GoApi, prefix: string): string {
  return isBoolean(model) ? "bool" : prefix + go.names.type(model.name);
}

/** Whether a model is an enum of booleans: these have no type of their own. */
export function isBoolean(model: Model): boolean {
  return model.kind === "enum" && model.base === "boolean";
}

/** The type below an enum's own. */
export function enumBase({ base, values }: EnumModel): string {
  // Of JSON's whole numbers, some are too large for int64.
  const isLarge = base === "integer" && !values.every(Number.isSafeInteger);
  return BASIC[isLarge ? "number" : base];
}

/** The type behind the names of aliases. */
export function resolved(type: Type, models: Models): Type {
  const model = type.kind === "model" ? models.get(type.model) : undefined;
  return model?.kind === "alias" ? resolved(model.type, models) : type;
}

/** A type without null in it, or `undefined` when null is not one of its values. */
export function withoutNull(type: Type, models: Models): Type | undefined {
  const known = resolved(type, models);
  if (known.kind === "null") return known;
  return known.kind === "nullable" ? known.type : undefined;
}

/**
 * Whether an alias is a type of its own in Go, with its own encoding: only so a list or a map can
 * contain itself.
 */
export function isOwnType({ recursive, type }: AliasModel): boolean {
  const { kind } = type.kind === "nullable" ? type.type : type;
  return recursive && (kind === "array" || kind === "map");
}

/** Whether the type has a nil that stands for null, without a pointer to it. */
export function isNilable(type: Type, models: Models): boolean {
  const model = type.kind === "model" ? models.get(type.model) : undefined;
  if (model?.kind === "alias" && isOwnType(model)) return model.type.kind === "nullable";
  const known = resolved(type, models);
  switch (known.kind) {
    case "array":
    case "map":
    case "unknown":
    case "nullable":
      return true;
    case "format":
      return known.format === "base64" || known.format === "base64url";
    case "string":
    case "integer":
    case "number":
    case "boolean":
    case "null":
    case "tuple":
    case "model":
      return false;
    default:
      return unreachable(known);
  }
}
