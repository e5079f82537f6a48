import type { EnumValue, JsonKind, JsonValue } from "../model/api-model.js";
import { type SchemaObject } from "../../schema/index.js";
import {
  alternativesOf,
  isNullSchema,
  propertiesOf,
  propertyOf,
  requiredOf,
  restOf,
  valuesOf,
} from "./json-schema.js";

const OBJECT_KEYWORDS = ["properties", "additionalProperties", "patternProperties"];
const ARRAY_KEYWORDS = ["items", "prefixItems"];

/** The JSON type that a schema without alternatives accepts; `undefined` if it accepts any. */
export function jsonKindOf(node: SchemaObject): JsonKind | "null" | undefined {
  const [value] = valuesOf(node) ?? [];
  if (value !== undefined) return jsonKindOfValue(value);
  const type = node["type"];
  if (type === "integer") return "number";
  if (isJsonKind(type)) return type;
  if (OBJECT_KEYWORDS.some((keyword) => node[keyword] !== undefined)) return "object";
  return ARRAY_KEYWORDS.some((keyword) => node[keyword] !== undefined) ? "array" : undefined;
}

/** The JSON type of a value. */
export function jsonKindOfValue(value: JsonValue): JsonKind | "null" {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : (typeof value as JsonKind);
}

function isJsonKind(type: unknown): type is JsonKind | "null" {
  return ["string", "number", "boolean", "array", "object", "null"].includes(type as string);
}

const splitNodes = new WeakMap<SchemaObject, readonly SchemaObject[]>();

/**
 * The alternatives of a schema: those of `anyOf` or `oneOf`, else one for each JSON type in `type`
 * or `enum`, else the schema itself. Returns the same objects each time, so that recursion can be
 * detected.
 */
export function partsOf(node: SchemaObject): readonly unknown[] {
  return alternativesOf(node) ?? splitByKind(node);
}

function splitByKind(node: SchemaObject): readonly SchemaObject[] {
  const known = splitNodes.get(node);
  if (known !== undefined) return known;
  const parts = splitValues(node) ?? splitTypes(node) ?? [node];
  splitNodes.set(node, parts);
  return parts;
}

function splitValues(node: SchemaObject): SchemaObject[] | undefined {
  const values = valuesOf(node) ?? [];
  const kinds = [...new Set(values.map(jsonKindOfValue))];
  if (kinds.length < 2) return undefined;
  return kinds.map((kind) => ({
    enum: values.filter((value) => jsonKindOfValue(value) === kind),
  }));
}

/** The parts have no names: the name of the schema is for all of them. */
function splitTypes(node: SchemaObject): SchemaObject[] | undefined {
  const types = node["type"];
  if (!Array.isArray(types) || valuesOf(node) !== undefined) return undefined;
  const wide = types.includes("number") ? types.filter((type) => type !== "integer") : types;
  const { id: _id, title: _title, ...shape } = node;
  return wide.map((type: unknown) => ({ ...shape, type }));
}

/** A property that distinguishes object schemas, and its values in each of them. */
export interface Discriminator {
  readonly property: string;
  readonly tags: readonly (readonly EnumValue[])[];
}

/** Follows the `$ref`s of a schema and merges intersections. */
type Resolve = (schema: unknown) => SchemaObject | undefined;

/** The first property that all objects require and whose constants no two of them share. */
export function findDiscriminator(
  objects: readonly SchemaObject[],
  resolve: Resolve,
): Discriminator | undefined {
  const [first] = objects;
  if (first === undefined) return undefined;
  for (const [property] of propertiesOf(first)) {
    const tags = objects.map((object) => constantsOf(object, property, resolve));
    if (areDistinct(tags)) return { property, tags };
  }
  return undefined;
}

function constantsOf(object: SchemaObject, property: string, resolve: Resolve): EnumValue[] {
  const required = object["required"];
  if (!Array.isArray(required) || !required.includes(property)) return [];
  return constantsIn(propertyOf(object, property), resolve);
}

/** The constants of a schema that accepts nothing else; otherwise an empty list. */
export function constantsIn(
  schema: unknown,
  resolve: Resolve,
  open = new Set<SchemaObject>(),
): EnumValue[] {
  const node = resolve(schema);
  if (node === undefined || open.has(node)) return [];
  const values = valuesOf(node) ?? [];
  open.add(node);
  const inner = (alternativesOf(node) ?? []).map((part) => constantsIn(part, resolve, open));
  if (inner.some((part) => part.length === 0)) return [];
  return [...new Set([...(values as EnumValue[]), ...inner.flat()])];
}

function areDistinct(tags: readonly (readonly EnumValue[])[]): boolean {
  const all = tags.flat();
  const [sample] = all;
  return (
    tags.every((values) => values.length > 0) &&
    new Set(all).size === all.length &&
    all.every((value) => isTag(value) && typeof value === typeof sample)
  );
}

/** Not fractions: some languages have no constants of them. */
function isTag(value: EnumValue): boolean {
  return typeof value === "number" ? Number.isSafeInteger(value) : typeof value !== "object";
}

/** Alternatives without those that accept only null. */
export function withoutNull(alternatives: readonly unknown[]): {
  readonly others: readonly unknown[];
  readonly nullable: boolean;
} {
  const others = alternatives.filter((alternative) => !isNullSchema(alternative));
  return { others, nullable: others.length < alternatives.length };
}

/** Whether an object schema is a map: keys of any name, values of one type. */
export function isMap(node: SchemaObject): boolean {
  if (propertiesOf(node).length > 0 || requiredOf(node).size > 0) return false;
  const rest = restOf(node);
  return rest === undefined ? node["properties"] === undefined : rest !== false;
}
