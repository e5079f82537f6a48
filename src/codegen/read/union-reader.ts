import { findDiscriminator, jsonKindOf, splitByKind } from "./alternatives.js";
import { nullableOf, type EnumValue, type Type, type Variant } from "../model/api-model.js";
import { type SchemaObject } from "../../schema/index.js";
import { formatOf, alternativesOf, propertiesOf, valuesOf } from "./json-schema.js";
import { inside, type Place } from "./place.js";
import type { TypeReader } from "./type-reader.js";
import { CIRCULAR } from "./schema-resolver.js";

/** An alternative that has no alternatives itself. */
export interface Leaf {
  /** What to read: the node or the `$ref` to it, which can carry its name. */
  readonly schema: unknown;
  readonly node: SchemaObject;
}

const UNKNOWN: Type = { kind: "unknown" };

/** How several alternatives of one JSON type become one type. */
const SCALARS = [
  { json: "string", combine: combineTexts },
  { json: "number", combine: combineNumbers },
  { json: "boolean", combine: combineBooleans },
] as const;

/**
 * Reads the alternatives of a union. Alternatives of one JSON type become one variant, apart from
 * objects that a discriminator tells apart. Where nothing tells several objects or several arrays
 * apart, the union is ambiguous.
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
      const [only, ...others] = of(json);
      const type =
        only !== undefined && others.length === 0
          ? reader.read(only.schema, at(json))
          : combine(reader, of(json), own, at(json));
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
 * The alternatives in alternatives.
 *
 * @param met the unions that were met: one that comes again adds nothing
 */
export function leavesOf(
  schemas: readonly unknown[],
  resolve: (schema: unknown) => SchemaObject | undefined,
  met: Set<SchemaObject>,
): Leaf[] {
  return schemas.flatMap((schema) => {
    const node = resolve(schema) ?? {};
    const parts = alternativesOf(node) ?? splitByKind(node);
    if (parts.length === 1 && parts[0] === node) return [{ schema, node }];
    if (met.has(node)) return [];
    met.add(node);
    return leavesOf(parts, resolve, met);
  });
}

/** Texts of one format keep it; of several they are plain texts, as constants beside them are. */
function combineTexts(reader: TypeReader, leaves: Leaf[], own: SchemaObject, place: Place): Type {
  if (!leaves.some(isPlain)) return combineEnums(reader, leaves, own, place);
  const formats = new Set(leaves.map((leaf) => formatOf(leaf.node)));
  const [format] = formats;
  return formats.size > 1 || format === undefined ? { kind: "string" } : { kind: "format", format };
}

function combineNumbers(reader: TypeReader, leaves: Leaf[], own: SchemaObject, place: Place): Type {
  if (!leaves.some(isPlain)) return combineEnums(reader, leaves, own, place);
  const isInteger = leaves.every(
    (leaf) => valuesOf(leaf.node)?.every(Number.isSafeInteger) ?? leaf.node["type"] === "integer",
  );
  return { kind: isInteger ? "integer" : "number" };
}

function combineBooleans(
  reader: TypeReader,
  leaves: Leaf[],
  own: SchemaObject,
  place: Place,
): Type {
  return leaves.some(isPlain) ? { kind: "boolean" } : combineEnums(reader, leaves, own, place);
}

function isPlain(leaf: Leaf): boolean {
  return valuesOf(leaf.node) === undefined;
}

/** Several enums become one of all their values. */
function combineEnums(reader: TypeReader, leaves: Leaf[], own: SchemaObject, place: Place): Type {
  const values = leaves.flatMap((leaf) => (valuesOf(leaf.node) ?? []) as readonly EnumValue[]);
  return reader.defineEnum(values, own, place);
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
    leaves.length > 1 ? findDiscriminator(leaves.map(nodeOf), (s) => reader.peek(s)) : undefined;
  const names = found?.tags.map(([tag]) => String(tag)) ?? distinguishingNames(leaves);
  const variants = leaves.map((leaf, index): Variant => {
    const at =
      leaves.length === 1 ? place : inside(union, `${union.path}(${names[index]})`, names[index]!);
    return { json: "object", type: reader.read(leaf.schema, at), tags: found?.tags[index] ?? [] };
  });
  const isAmbiguous = leaves.length > 1 && found === undefined;
  return { variants, discriminator: found?.property, isAmbiguous };
}

/** For each object its first property that no other has; its number when there is none. */
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

function nodeOf(leaf: Leaf): SchemaObject {
  return leaf.node;
}

/** The first of the leaves for each node. */
function distinct(leaves: readonly Leaf[]): Leaf[] {
  const firsts = new Map<SchemaObject, Leaf>();
  for (const leaf of leaves) if (!firsts.has(leaf.node)) firsts.set(leaf.node, leaf);
  return [...firsts.values()];
}
