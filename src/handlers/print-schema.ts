import type { JsonSchema } from "../protocol/index.js";
import type { Schema } from "./standard-schema.js";

/** A part of a schema that JSON does not have. */
export interface NoJson {
  /** From the schema down to the part, like `.filter.dates[]`; empty for the whole. */
  path: string;
  /** Like `Date`. */
  what: string;
}

/** A schema that JSON Schema cannot express. */
export class NoJsonError extends TypeError {
  /** Every part that JSON does not have. */
  readonly parts: readonly NoJson[];

  constructor(parts: readonly NoJson[], options?: ErrorOptions) {
    super(parts.map(({ path, what }) => `${path} ${what}`.trim()).join(", "), options);
    this.parts = parts;
  }
}

/**
 * The JSON Schema (2020-12) of what goes into a schema or of what comes out of it.
 *
 * @throws NoJsonError, or whatever the library throws, for what JSON Schema cannot express.
 */
export function jsonSchema(schema: Schema, io: "input" | "output"): JsonSchema {
  try {
    return print(schema, io, STRICT);
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

/** What Zod hands to `override`: https://zod.dev/json-schema#override */
interface ZodPart {
  zodSchema: { _zod: { def: { type: string; values?: readonly unknown[] } } };
  jsonSchema: Record<string, unknown>;
}

/**
 * What ArkType says of a part that is no JSON: which of the fields are there depends on it. See
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
 * The options with which libraries throw for what JSON does not have. Unless told otherwise, ArkType
 * lets anything stand for it, and Zod prints a `File` as text. Libraries ignore the options of
 * others.
 */
const STRICT = {
  fallback: fallbacks(() => {
    throw new TypeError("no JSON");
  }),
  override(part: ZodPart) {
    if (part.zodSchema._zod.def.type === "file") throw new TypeError("no JSON");
  },
};

const MARK = "centrifugo-rpc.no-json";

/** The options with which libraries mark what JSON does not have, and go on. */
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

/** The types of Zod that it prints as anything when it is told not to throw. */
const ZOD_NAMES: Readonly<Record<string, string>> = {
  bigint: "bigint",
  custom: "a type of your own",
  date: "Date",
  file: "File",
  function: "function",
  map: "Map",
  nan: "NaN",
  set: "Set",
  symbol: "symbol",
  transform: "the outcome of a transform",
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

/** The marks in a printed schema, each definition where it is first used. */
function* marks(root: JsonSchema): Generator<NoJson> {
  const definitions = typeof root === "object" ? (root["$defs"] as object | undefined) : undefined;
  const todo: [path: string, schema: unknown][] = [["", root]];
  const seen = new Set<unknown>();
  for (let next = todo.pop(); next; next = todo.pop()) {
    const [path, schema] = next;
    if (typeof schema !== "object" || schema === null || seen.has(schema)) continue;
    seen.add(schema);
    const what = (schema as Record<string, unknown>)[MARK];
    if (typeof what === "string") yield { path, what };
    else todo.push(...[...partsOf(schema, path, definitions)].toReversed());
  }
}

function* partsOf(
  schema: object,
  path: string,
  definitions: object = {},
): Generator<[path: string, schema: unknown]> {
  for (const [keyword, value] of Object.entries(schema) as [string, unknown][]) {
    if (keyword === "properties") {
      for (const [name, field] of Object.entries(value as object)) yield [`${path}.${name}`, field];
    } else if (keyword === "items" || keyword === "prefixItems") {
      const items: unknown[] = Array.isArray(value) ? value : [value];
      const index = (place: number): string => (keyword === "items" ? "" : String(place));
      for (const [place, item] of items.entries()) yield [`${path}[${index(place)}]`, item];
    } else if (keyword === "additionalProperties") {
      yield [`${path}.*`, value];
    } else if (Array.isArray(value) && /^(any|all|one)Of$/.test(keyword)) {
      for (const variant of value) yield [path, variant];
    } else if (keyword === "$ref") {
      const name = String(value).replace("#/$defs/", "");
      yield [path, (definitions as Record<string, unknown>)[name]];
    }
  }
}
