import canonicalize from "canonicalize";
import type { JsonSchema } from "../protocol/index.js";
import { KEYWORDS } from "./keywords.js";

/** The text of a JSON value in the form of RFC 8785, which is the same for equal values. */
export function canonicalText(value: unknown): string {
  return canonicalize(value) ?? "null";
}

/**
 * A schema without what the wire does not show, in a form that is the same for schemas that differ
 * only in that:
 *
 * - only the keywords of {@link KEYWORDS} are there
 * - the lists of `required`, `enum` and `type` are sorted by their canonical text, each value once
 * - the schemas in `$defs` are named `0`, `1`, … in the order in which the first `$ref` to each is
 *   met, and those that no `$ref` leads to are gone. Keywords and properties are visited in the
 *   order of RFC 8785, first those of the root, then those of `0`, `1`, …
 *
 * The canonical form of a canonical form is itself.
 */
export function canonicalSchema(schema: JsonSchema): JsonSchema {
  if (!isObject(schema)) return schema;
  const { $defs, ...root } = schema;
  const definitions = isObject($defs) ? $defs : {};
  const names = new Map<string, string>();
  const reader = (value: unknown): unknown =>
    readSchema(value, (ref) => rename(ref, names, definitions));

  const canonical = reader(root) as { readonly [keyword: string]: unknown };
  const defs: [string, unknown][] = [];
  // The map grows while its schemas are read: a definition may lead to others.
  for (const [name, number] of names) defs.push([number, reader(definitions[name])]);
  return defs.length === 0 ? canonical : { ...canonical, $defs: Object.fromEntries(defs) };
}

type Rename = (ref: string) => string;

function readSchema(schema: unknown, rename: Rename): unknown {
  if (!isObject(schema)) return schema;
  const entries = sortedEntries(schema).flatMap(([keyword, value]): [string, unknown][] => {
    const kind = KEYWORDS.get(keyword);
    if (kind === undefined) return [];
    if (kind === "schema") return [[keyword, readSchema(value, rename)]];
    if (kind === "schemas") return [[keyword, readList(value, rename)]];
    if (kind === "schemaMap") return [[keyword, readMap(value, rename)]];
    return [[keyword, readData(keyword, value, rename)]];
  });
  // Not by assignment: a property may be called __proto__.
  return Object.fromEntries(entries);
}

function readList(schemas: unknown, rename: Rename): unknown {
  return Array.isArray(schemas) ? schemas.map((schema) => readSchema(schema, rename)) : schemas;
}

function readMap(schemas: unknown, rename: Rename): unknown {
  if (!isObject(schemas)) return schemas;
  return Object.fromEntries(
    sortedEntries(schemas).map(([name, schema]) => [name, readSchema(schema, rename)]),
  );
}

function readData(keyword: string, value: unknown, rename: Rename): unknown {
  if (keyword === "$ref" && typeof value === "string") return rename(value);
  const isSet = keyword === "required" || keyword === "enum" || keyword === "type";
  return isSet && Array.isArray(value) ? sortedSet(value) : value;
}

/** `#/$defs/Name` and what lies below it, with the name's number. Other references stay. */
function rename(
  ref: string,
  names: Map<string, string>,
  definitions: Readonly<Record<string, unknown>>,
): string {
  const match = /^#\/\$defs\/([^/]*)(.*)$/s.exec(ref);
  if (!match) return ref;
  const [, segment = "", below = ""] = match;
  const name = definitionName(segment);
  if (name === undefined || !Object.hasOwn(definitions, name)) return ref;
  const number = names.get(name) ?? String(names.size);
  names.set(name, number);
  return `#/$defs/${number}${below}`;
}

/** The name that a segment of a JSON pointer in a URI fragment stands for (RFC 6901). */
export function definitionName(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return undefined;
  }
}

function sortedSet(values: readonly unknown[]): unknown[] {
  const byText = new Map(values.map((value) => [canonicalText(value), value]));
  return [...byText].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

/** The entries in the order of RFC 8785: by the UTF-16 code units of their keys. */
function sortedEntries(object: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
