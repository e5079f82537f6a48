import { isObject } from "../protocol/index.js";
import { KEYWORDS } from "./keywords.js";
import { definitionReference, resolveReference } from "./pointer.js";

/** A JSON Schema that is not a boolean. */
export type SchemaObject = Readonly<Record<string, unknown>>;

/** A schema directly in another one. */
export interface Subschema {
  readonly keyword: string;
  /** Its name in a map like `properties`, its index in a list like `anyOf`, else absent. */
  readonly key: string | number | undefined;
  /** Not checked: it may be anything in a malformed schema. */
  readonly schema: unknown;
}

/** Returns a schema with its direct sub-schemas replaced. All other keywords stay as they are. */
export function mapSubschemas(
  schema: SchemaObject,
  map: (part: unknown, keyword: string, key?: string | number) => unknown,
): SchemaObject {
  const mapValue = (keyword: string, value: unknown): unknown => {
    const kind = KEYWORDS.get(keyword)?.value;
    if (kind === "schema") return map(value, keyword);
    if (kind === "list" && Array.isArray(value)) {
      return value.map((part, index) => map(part, keyword, index));
    }
    if (kind === "map" && isObject(value)) {
      return mapEntries(value, (name, part) => map(part, keyword, name));
    }
    return value;
  };
  return mapEntries(schema, mapValue);
}

/** The direct sub-schemas of a schema, in the order in which they are written. */
export function subschemas(schema: SchemaObject): Subschema[] {
  const parts: Subschema[] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    const kind = KEYWORDS.get(keyword)?.value;
    if (kind === "schema") parts.push({ keyword, key: undefined, schema: value });
    if (kind === "list" && Array.isArray(value)) {
      for (const [key, part] of value.entries()) parts.push({ keyword, key, schema: part });
    }
    if (kind === "map" && isObject(value)) {
      for (const [key, part] of Object.entries(value)) parts.push({ keyword, key, schema: part });
    }
  }
  return parts;
}

/** Keywords whose schemas describe the same value as the schema that contains them. */
const SAME_VALUE = new Set(["anyOf", "oneOf", "allOf", "then", "else", "dependentSchemas"]);

/** The schemas, their references, and their subschemas that describe the same value. */
export function sameValueSchemas(
  root: SchemaObject,
  schemas: readonly SchemaObject[],
): ReadonlySet<SchemaObject> {
  const all = new Set(schemas);
  // The set grows while it is iterated over.
  for (const schema of all) {
    const same = subschemas(schema).filter(({ keyword }) => SAME_VALUE.has(keyword));
    for (const part of [resolveReference(root, schema["$ref"]), ...same.map((s) => s.schema)]) {
      if (isObject(part)) all.add(part);
    }
  }
  return all;
}

/**
 * Visits a schema and all schemas in it, each before its parts. References are not followed.
 *
 * @param partsOf the order of the parts; by default as they are written
 */
export function* visitSchemas(root: unknown, partsOf = subschemas): Generator<SchemaObject> {
  const todo = [root];
  while (todo.length > 0) {
    const schema = todo.pop();
    if (!isObject(schema)) continue;
    yield schema;
    for (const part of partsOf(schema).toReversed()) todo.push(part.schema);
  }
}

/** The `$ref`s in a schema, in the order of {@link visitSchemas}. */
export function* referencesIn(root: unknown, partsOf = subschemas): Generator {
  for (const schema of visitSchemas(root, partsOf)) if ("$ref" in schema) yield schema["$ref"];
}

/** A schema without its `$defs`, and the definitions that something in it refers to. */
export interface Reached {
  readonly root: SchemaObject;
  /** In the order in which the first `$ref` to each is met, the root first, then the definitions. */
  readonly definitions: ReadonlyMap<string, unknown>;
}

/** Transforms a schema and the definitions that it refers to, directly or through others. */
export function transformReached(
  { $defs, ...schema }: SchemaObject,
  transform: (schema: unknown) => unknown,
  partsOf = subschemas,
): Reached {
  const known = isObject($defs) ? $defs : {};
  const root = transform(schema) as SchemaObject;
  const definitions = new Map<string, unknown>();
  const collect = (part: unknown): void => {
    for (const ref of referencesIn(part, partsOf)) {
      const name = definitionReference(ref)?.name;
      if (name === undefined || !Object.hasOwn(known, name) || definitions.has(name)) continue;
      definitions.set(name, transform(known[name]));
    }
  };
  if (isObject($defs)) collect(root);
  // The map grows while it is iterated over: a definition may refer to others.
  for (const definition of definitions.values()) collect(definition);
  return { root, definitions };
}

/** Not by assignment: a property may be called `__proto__`. */
function mapEntries(
  object: SchemaObject,
  map: (key: string, value: unknown) => unknown,
): SchemaObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(key, value)]));
}
