import canonicalize from "canonicalize";
import { isObject, type JsonSchema } from "../protocol/index.js";
import { KEYWORDS } from "./keywords.js";
import { definitionReference } from "./pointer.js";
import {
  mapSubschemas,
  subschemas,
  transformReached,
  type SchemaObject,
  type Subschema,
} from "./traverse.js";

/** The text of a JSON value in the form of RFC 8785, which is the same for equal values. */
export function canonicalText(value: unknown): string {
  return canonicalize(value) ?? "null";
}

/**
 * The canonical form of a schema, which is the same for schemas that callers cannot tell apart:
 *
 * - only the keywords that assert something are left (see `KEYWORDS`)
 * - `required`, `enum` and `type` are sorted by the canonical text of their values, without duplicates
 * - the schemas in `$defs` are named `0`, `1`, … in the order of the first `$ref` to each, and those
 *   without a `$ref` are removed. Keywords and names are visited in the order of RFC 8785, first those
 *   of the root, then those of `0`, `1`, …
 *
 * The canonical form of a canonical form is itself.
 */
export function canonicalSchema(schema: JsonSchema): JsonSchema {
  if (!isObject(schema)) return schema;
  const { root, definitions } = transformReached(schema, withoutAnnotations, sortedSubschemas);
  const numbers = new Map([...definitions.keys()].map((name, index) => [name, String(index)]));
  const renamed = (part: unknown): unknown => withNumbers(part, numbers);
  const defs = [...definitions].map(([name, part]) => [numbers.get(name)!, renamed(part)] as const);
  const canonical = renamed(root) as SchemaObject;
  return defs.length === 0 ? canonical : { ...canonical, $defs: Object.fromEntries(defs) };
}

function withoutAnnotations(part: unknown): unknown {
  if (!isObject(part)) return part;
  const entries = sortedEntries(part).flatMap(([keyword, value]): [string, unknown][] => {
    const known = KEYWORDS.get(keyword);
    if (!known?.asserts) return [];
    if (known.value === "map" && isObject(value)) {
      return [[keyword, Object.fromEntries(sortedEntries(value))]];
    }
    const isSet = ["required", "enum", "type"].includes(keyword) && Array.isArray(value);
    return [[keyword, isSet ? sortedSet(value) : value]];
  });
  return mapSubschemas(Object.fromEntries(entries), withoutAnnotations);
}

function withNumbers(part: unknown, numbers: ReadonlyMap<string, string>): unknown {
  if (!isObject(part)) return part;
  const renamed = mapSubschemas(part, (inner) => withNumbers(inner, numbers));
  const reference = definitionReference(part["$ref"]);
  const number = reference && numbers.get(reference.name);
  return number === undefined
    ? renamed
    : { ...renamed, $ref: `#/$defs/${number}${reference?.below}` };
}

function sortedSet(values: readonly unknown[]): unknown[] {
  const byText = new Map(values.map((value) => [canonicalText(value), value]));
  return [...byText].toSorted(([a], [b]) => compare(a, b)).map(([, value]) => value);
}

/** In the order of RFC 8785: by the UTF-16 code units of the keys. */
function sortedEntries(object: SchemaObject): [string, unknown][] {
  return Object.entries(object).toSorted(([a], [b]) => compare(a, b));
}

/** In the order of RFC 8785, which objects do not keep for keys that look like array indices. */
function sortedSubschemas(schema: SchemaObject): Subschema[] {
  return subschemas(schema).toSorted(
    (a, b) => compare(a.keyword, b.keyword) || compare(a.key ?? "", b.key ?? ""),
  );
}

function compare(a: string | number, b: string | number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
