import {
  behindAlias,
  type AliasModel,
  type EnumModel,
  type Model,
  type Models,
  type Type,
  type WireFormat,
} from "../model/api-model.js";
import type { Code, Imported } from "../print/source-file.js";
import type { GoApi } from "./go-api.js";
import { pkg, SHARED_TYPES } from "./source.js";

/** The types of the base client that the package declares if it uses them. */
export const shared = {
  Base64URL: sharedType("Base64URL"),
  DateTime: sharedType("DateTime"),
  Int64: sharedType("Int64"),
  JSONNull: sharedType("JSONNull"),
  Optional: sharedType("Optional"),
  Uint64: sharedType("Uint64"),
} satisfies Record<string, Imported>;

function sharedType(name: string): Imported {
  return { name, from: SHARED_TYPES };
}

/** The Go types of JSON types. Values of unknown types stay JSON. */
const BASIC = {
  string: "string",
  integer: "int64",
  number: "float64",
  boolean: "bool",
  null: shared.JSONNull,
  unknown: [pkg.json, ".RawMessage"],
} as const satisfies Record<string, Code>;

/** The types of formats that are not strings in Go. */
const FORMATS: Partial<Record<WireFormat, Code>> = {
  base64: "[]byte",
  base64url: shared.Base64URL,
  "date-time": shared.DateTime,
  int64: shared.Int64,
  uint64: shared.Uint64,
};

/** A type in Go. */
export function goType(type: Type, go: GoApi): Code {
  switch (type.kind) {
    case "string":
    case "integer":
    case "number":
    case "boolean":
    case "unknown":
    case "null":
      return BASIC[type.kind];
    case "format":
      return FORMATS[type.format] ?? "string";
    case "array":
      return ["[]", goType(type.items, go)];
    case "tuple":
      return go.names.tuple(type);
    case "map": {
      const keys = type.keys === undefined ? "string" : go.names.type(type.keys);
      return [`map[${keys}]`, goType(type.values, go)];
    }
    case "nullable":
      return pointerTo(type.type, go);
    case "model": {
      const model = go.models.get(type.model)!;
      return isBoolean(model) ? "bool" : go.names.type(model.name);
    }
  }
}

/** A sentence with the format of a type that is a string in Go. */
export function formatText(type: Type, models: Models): string | undefined {
  const known = withoutNull(type, models) ?? behindAlias(type, models);
  const isText = known.kind === "format" && FORMATS[known.format] === undefined;
  return isText ? `Format: ${known.format}.` : undefined;
}

/** A pointer to a type, or the type itself if it has nil. */
export function pointerTo(type: Type, go: GoApi): Code {
  return [isNilable(type, go.models) ? "" : "*", goType(type, go)];
}

/** Whether a model is an enum of booleans, for which no type is declared. */
export function isBoolean(model: Model): boolean {
  return model.kind === "enum" && model.base === "boolean";
}

/** The underlying type of an enum. */
export function enumBase({ base, values }: EnumModel): string {
  // JSON integers can be too large for int64.
  const isLarge = base === "integer" && !values.every(Number.isSafeInteger);
  return BASIC[isLarge ? "number" : base];
}

/** A nullable type without null; `undefined` for a type without null. */
export function withoutNull(type: Type, models: Models): Type | undefined {
  const known = behindAlias(type, models);
  if (known.kind === "null") return known;
  return known.kind === "nullable" ? known.type : undefined;
}

/**
 * Whether an alias is a defined type in Go, with its own encoding: lists and maps that contain
 * themselves need one.
 */
export function isOwnType({ recursive, type }: AliasModel): boolean {
  const { kind } = type.kind === "nullable" ? type.type : type;
  return recursive && (kind === "array" || kind === "map");
}

/** Whether nil means null for the type, which then needs no pointer. */
export function isNilable(type: Type, models: Models): boolean {
  const model = type.kind === "model" ? models.get(type.model) : undefined;
  if (model?.kind === "alias" && isOwnType(model)) return model.type.kind === "nullable";
  const known = behindAlias(type, models);
  return ["array", "map", "unknown", "nullable"].includes(known.kind) || isBytes(known);
}

/** Whether a type is `[]byte` or a name for it. */
export function isBytes(type: Type): boolean {
  return type.kind === "format" && (type.format === "base64" || type.format === "base64url");
}
