import { findDiscriminator, jsonKindOf, partsOf } from "./alternatives.js";
import { nullableOf, type EnumValue, type Type, type Variant } from "../model/api-model.js";
import { type SchemaObject } from "../../schema/index.js";
import { formatOf, propertiesOf, valuesOf } from "./json-schema.js";
import { inside, type Place } from "./place.js";
import type { TypeReader } from "./type-reader.js";
import { CIRCULAR } from "./schema-resolver.js";

/** An alternative without alternatives. */
export interface Leaf {
  /** The schema to read: the node or a `$ref` to it, which can have a name. */
  readonly schema: unknown;
  readonly node: SchemaObject;
}

const UNKNOWN: Type = { kind: "unknown" };

/** The type of several alternatives of one JSON type that are not all enums. */
const SCALARS = [
  { json: "string", combine: combineStrings },
  { json: "number", combine: combineNumbers },
  { json: "boolean", combine: (): Type => ({ kind: "boolean" }) },
] as const;

/**
 * Reads the alternatives of a union. Alternatives of one JSON type become one variant, except
 * objects with a discriminator. Several arrays, or several objects without a discriminator, make
 * the union ambiguous.
 */
export function readUnion(
  reader: TypeReader,
  node: SchemaObject,
  alternatives: readonly unknown[],
  place: Place,
): Type {
  const resolve = (schema: unknown) => reader.resolve(schema, place)?.node;
  const leaves = leavesOf(alternatives, resolve, new Set([node]));
  const kinds = new Set(leaves.map((leaf) => jsonKindOf(leaf.node)));
  if (kinds.has(undefined)) return UNKNOWN;
  const nullable = kinds.delete("null");
  if (kinds.size === 0) return nullable ? { kind: "null" } : consistsOfItself(reader, place);
  const at = (kind: string) => (kinds.size === 1 ? place : inside(place, place.path, kind));
  const of = (kind: string) => leaves.filter((leaf) => jsonKindOf(leaf.node) === kind);
  const own = kinds.size === 1 ? node : {};

  const scalars = SCALARS.filter(({ json }) => kinds.has(json)).map(
    ({ json, combine }): Variant => {
      const same = of(json);
      if (same.length === 1) {
        return { json, type: reader.read(same[0]!.schema, at(json)), tags: [] };
      }
      const values = same.map((leaf) => valuesOf(leaf.node));
      const type = values.includes(undefined)
        ? combine(same)
        : reader.defineEnum(values.flat() as EnumValue[], own, at(json));
      return { json, type, tags: [] };
    },
  );
  const arrays = readArrays(reader, of("array"), at("array"));
  const objects = readObjects(reader, of("object"), place, at("object"));

  const ambiguous = arrays.length > 1 || objects.isAmbiguous;
  const lists = arrays.map((type): Variant => ({ json: "array", type, tags: [] }));
  const variants = [...scalars, ...lists, ...objects.variants];
  const discriminator = ambiguous ? undefined : objects.discriminator;
  const [only] = variants;
  if (variants.length === 1 && only !== undefined) {
    return nullable ? nullableOf(only.type) : only.type;
  }
  const type = reader.define(
    {
      kind: "union",
      variants: ambiguous ? variants.map((variant) => ({ ...variant, tags: [] })) : variants,
      discriminator,
      ambiguous,
      open: false,
      ...reader.header(node, place),
    },
    place,
  );
  return nullable ? nullableOf(type) : type;
}

function consistsOfItself(reader: TypeReader, place: Place): Type {
  reader.problem(place, ...CIRCULAR);
  return UNKNOWN;
}

/**
 * The alternatives of alternatives.
 *
 * @param met the unions that were visited, which are skipped
 */
export function leavesOf(
  schemas: readonly unknown[],
  resolve: (schema: unknown) => SchemaObject | undefined,
  met: Set<SchemaObject>,
): Leaf[] {
  return schemas.flatMap((schema) => {
    const node = resolve(schema) ?? {};
    const parts = partsOf(node);
    if (parts.length === 1 && parts[0] === node) return [{ schema, node }];
    if (met.has(node)) return [];
    met.add(node);
    return leavesOf(parts, resolve, met);
  });
}

/** Strings of one format keep it; strings of several formats, or with constants, have none. */
function combineStrings(leaves: readonly Leaf[]): Type {
  const formats = new Set(leaves.map((leaf) => formatOf(leaf.node)));
  const [format] = formats;
  return formats.size > 1 || format === undefined ? { kind: "string" } : { kind: "format", format };
}

function combineNumbers(leaves: readonly Leaf[]): Type {
  const isInteger = leaves.every(
    (leaf) => valuesOf(leaf.node)?.every(Number.isSafeInteger) ?? leaf.node["type"] === "integer",
  );
  return { kind: isInteger ? "integer" : "number" };
}

/** The different types of the arrays, in order. */
function readArrays(reader: TypeReader, leaves: Leaf[], place: Place): Type[] {
  const types = distinct(leaves).map((leaf, index, { length }) => {
    const at =
      length === 1 ? place : inside(place, `${place.path}(${index + 1})`, String(index + 1));
    return reader.read(leaf.schema, at);
  });
  return [...new Map(types.map((type) => [JSON.stringify(type), type])).values()];
}

interface ObjectVariants {
  readonly variants: readonly Variant[];
  readonly discriminator: string | undefined;
  readonly isAmbiguous: boolean;
}

function readObjects(reader: TypeReader, all: Leaf[], union: Place, place: Place): ObjectVariants {
  const leaves = distinct(all);
  const found =
    leaves.length > 1
      ? findDiscriminator(
          leaves.map(({ node }) => node),
          (schema) => reader.peek(schema),
        )
      : undefined;
  const names = found?.tags.map(([tag]) => String(tag)) ?? distinguishingNames(leaves);
  const variants = leaves.map((leaf, index): Variant => {
    const at =
      leaves.length === 1 ? place : inside(union, `${union.path}(${names[index]})`, names[index]!);
    return { json: "object", type: reader.read(leaf.schema, at), tags: found?.tags[index] ?? [] };
  });
  const isAmbiguous = leaves.length > 1 && found === undefined;
  return { variants, discriminator: found?.property, isAmbiguous };
}

/** For each object, its first property that no other object has, or its number. */
function distinguishingNames(leaves: readonly Leaf[]): string[] {
  const counts = new Map<string, number>();
  for (const name of leaves.flatMap(propertyNames)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return leaves.map((leaf, index) => {
    const own = propertyNames(leaf).find((name) => counts.get(name) === 1);
    return own ?? `variant ${index + 1}`;
  });
}

function propertyNames(leaf: Leaf): string[] {
  return propertiesOf(leaf.node).map(([name]) => name);
}

/** The first of the leaves for each node. */
function distinct(leaves: readonly Leaf[]): Leaf[] {
  const firsts = new Map<SchemaObject, Leaf>();
  for (const leaf of leaves) if (!firsts.has(leaf.node)) firsts.set(leaf.node, leaf);
  return [...firsts.values()];
}
