import { ArgumentError, isObject, type JsonSchema } from "../protocol/index.js";
import { resolveReference, subschemas } from "../schema/index.js";
import type { Schema } from "./standard-schema.js";

/** A part of a schema that JSON cannot represent. */
export interface NoJson {
  /** From the schema down to the part, like `.filter.dates[]`; empty for the whole. */
  path: string;
  /** Like `Date`. */
  what: string;
}

/** A schema that JSON Schema cannot express; its code is `CRPC_CONTRACT_INVALID`. */
export class NoJsonError extends ArgumentError {
  override readonly name = "NoJsonError";

  constructor(
    readonly parts: readonly NoJson[],
    options?: ErrorOptions,
  ) {
    const list = parts.map(({ path, what }) => `${path} ${what}`.trim()).join(", ");
    super(`JSON cannot represent: ${list}`, "CRPC_CONTRACT_INVALID", options);
  }
}

/**
 * Returns the JSON Schema (2020-12) of a schema's input or output.
 *
 * @param options `unconverted`: a part whose values Zod converts before it checks them accepts
 * anything; Zod prints what it expects after the conversion.
 * @throws NoJsonError, or whatever the library throws, for what JSON Schema cannot express.
 */
export function jsonSchema(
  schema: Schema,
  io: "input" | "output",
  { unconverted = false } = {},
): JsonSchema {
  try {
    return print(schema, io, unconverted ? UNCONVERTED : STRICT);
  } catch (error) {
    const parts = noJsonParts(schema, io);
    throw parts.length > 0 ? new NoJsonError(parts, { cause: error }) : error;
  }
}

function print(schema: Schema, io: "input" | "output", libraryOptions: object): JsonSchema {
  const options = { target: "draft-2020-12", libraryOptions: { ...libraryOptions } } as const;
  const { $schema: _dialect, ...rest } = schema["~standard"].jsonSchema[io](options);
  return rest;
}

/** What Zod passes to `override`: https://zod.dev/json-schema#override */
interface ZodPart {
  zodSchema: { _zod: { def: ZodDefinition } };
  jsonSchema: Record<string, unknown>;
}

interface ZodDefinition {
  type: string;
  values?: readonly unknown[];
  /** Of `z.coerce`. */
  coerce?: boolean;
  /** Of a pipe: `z.preprocess` begins with a transform. */
  in?: { _zod: { def: ZodDefinition } };
}

/**
 * How ArkType describes a part that JSON cannot represent; the code decides which fields are set. See
 * https://arktype.io/docs/configuration#tojsonschema
 */
interface ArkTypePart {
  code: string;
  base: object;
  domain?: string;
  proto?: { name: string };
  unit?: unknown;
}

/**
 * Options that make libraries throw for what JSON cannot represent. By default ArkType prints such a
 * part as a schema that accepts anything, and Zod prints a `File` as a string. Each library ignores
 * the options of the others.
 */
const STRICT = {
  fallback: fallbacks(() => {
    throw new TypeError("not representable in JSON");
  }),
  override(part: ZodPart) {
    if (part.zodSchema._zod.def.type === "file") throw new TypeError("not representable in JSON");
  },
};

const UNCONVERTED = {
  override({ zodSchema, jsonSchema: printed }: ZodPart) {
    const { type, coerce, in: first } = zodSchema._zod.def;
    const converts = type === "catch" || coerce === true || first?._zod.def.type === "transform";
    if (converts) for (const keyword of Object.keys(printed)) delete printed[keyword];
  },
};

const MARK = "centrifugo-rpc.no-json";

/** Options that make libraries mark what JSON cannot represent, and continue. */
const MARKING = {
  fallback: fallbacks((part) => ({ ...part.base, [MARK]: arkTypeName(part) })),
  unrepresentable: "any",
  override(part: ZodPart) {
    const name = zodName(part);
    if (name !== undefined) part.jsonSchema[MARK] = name;
  },
};

function fallbacks(fallback: (part: ArkTypePart) => object): object {
  const codes = ["date", "domain", "proto", "symbolKey", "unit"];
  return Object.fromEntries(codes.map((code) => [code, fallback]));
}

function arkTypeName({ code, domain, proto, unit }: ArkTypePart): string {
  if (code === "date") return "Date";
  return domain ?? proto?.name ?? (code === "unit" ? String(unit) : code);
}

/** The Zod types that are printed as `{}` with `unrepresentable: "any"`. */
const ZOD_NAMES: Readonly<Record<string, string>> = {
  bigint: "bigint",
  custom: "a custom type",
  date: "Date",
  file: "File",
  function: "function",
  map: "Map",
  nan: "NaN",
  set: "Set",
  symbol: "symbol",
  transform: "the result of a transform",
  undefined: "undefined",
  void: "void",
};

function zodName({ zodSchema }: ZodPart): string | undefined {
  const { type, values } = zodSchema._zod.def;
  if (type !== "literal") return ZOD_NAMES[type];
  if (values?.includes(undefined)) return ZOD_NAMES["undefined"];
  return values?.some((value) => typeof value === "bigint") ? ZOD_NAMES["bigint"] : undefined;
}

function noJsonParts(schema: Schema, io: "input" | "output"): NoJson[] {
  try {
    const printed = print(schema, io, MARKING);
    return [...marks(printed)];
  } catch {
    return [];
  }
}

/** Finds the marks in a printed schema, each definition where it is first used. */
function* marks(root: JsonSchema): Generator<NoJson> {
  const todo: [path: string, schema: unknown][] = [["", root]];
  const seen = new Set<unknown>();
  for (let next = todo.pop(); next; next = todo.pop()) {
    const [path, schema] = next;
    if (!isObject(schema) || seen.has(schema)) continue;
    seen.add(schema);
    const what = schema[MARK];
    if (typeof what === "string") {
      yield { path, what };
      continue;
    }
    todo.push([path, resolveReference(root, schema["$ref"])]);
    for (const { keyword, key, schema: part } of subschemas(schema).toReversed()) {
      if (keyword !== "$defs") todo.push([`${path}${pathStep(keyword, key)}`, part]);
    }
  }
}

function pathStep(keyword: string, key: string | number | undefined): string {
  switch (keyword) {
    case "properties":
      return `.${key}`;
    case "additionalProperties":
      return ".*";
    case "prefixItems":
      return `[${key}]`;
    case "items":
      return "[]";
    default:
      return "";
  }
}
