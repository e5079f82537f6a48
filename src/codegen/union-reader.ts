import { findDiscriminator, jsonKindOf, splitByKind, type Discriminator } from "./alternatives.js";
import { nullableOf, type EnumValue, type Type, type Variant } from "./api-model.js";
import { alternativesOf, valuesOf, type SchemaNode } from "./json-schema.js";
import { inside, type Place } from "./place.js";
import type { SchemaReader } from "./schema-reader.js";

/** An alternative that has no alternatives itself. */
interface Leaf {
  /** What to read: the node or the `$ref` to it, which can carry its name. */
  readonly schema: unknown;
  readonly node: SchemaNode;
}

const UNKNOWN: Type = { kind: "unknown" };

/**
 * Reads the alternatives of a union. Alternatives of one JSON type become one variant, apart from
 * objects, which a discriminator must tell apart.
 */
export function readUnion(
  reader: SchemaReader,
  node: SchemaNode,
  alternatives: readonly unknown[],
  place: Place,
): Type {
  const leaves = flatten(reader, alternatives, place, new Set([node]));
  const kinds = new Set(leaves.map((leaf) => jsonKindOf(leaf.node)));
  if (kinds.has(undefined)) return UNKNOWN;
  const nullable = kinds.delete("null");
  const at = (kind: string) => (kinds.size === 1 ? place : inside(place, place.path, kind));
  const of = (kind: string) => leaves.filter((leaf) => jsonKindOf(leaf.node) === kind);
  const own = kinds.size === 1 ? node : {};

  const variants: Variant[] = [];
  const add = (json: Variant["json"], type: Type) => variants.push({ json, type, tags: [] });
  if (kinds.has("string")) add("string", readStrings(reader, of("string"), own, at("string")));
  if (kinds.has("number")) add("number", readNumbers(reader, of("number"), own, at("number")));
  if (kinds.has("boolean")) add("boolean", readBooleans(reader, of("boolean"), own, at("boolean")));
  if (kinds.has("array")) add("array", readArrays(reader, of("array"), at("array")));
  const objects = readObjects(reader, of("object"), place, at("object"));
  variants.push(...objects.variants);

  const type = unionOf(reader, variants, objects.discriminator, node, place);
  return nullable ? nullableOf(type) : type;
}

function unionOf(
  reader: SchemaReader,
  variants: readonly Variant[],
  discriminator: string | undefined,
  node: SchemaNode,
  place: Place,
): Type {
  const [only] = variants;
  if (only === undefined) return UNKNOWN;
  if (variants.length === 1) return only.type;
  reader.define({ kind: "union", variants, discriminator, ...reader.named(node, place) });
  return { kind: "model", model: place.name };
}

function flatten(
  reader: SchemaReader,
  schemas: readonly unknown[],
  place: Place,
  seen: ReadonlySet<SchemaNode>,
): Leaf[] {
  return schemas.flatMap((schema) => {
    const node = reader.resolve(schema, place)?.node ?? {};
    if (seen.has(node)) return []; // a union that contains itself adds nothing to itself
    const parts = alternativesOf(node) ?? splitByKind(node);
    const isLeaf = parts.length === 1 && parts[0] === node;
    return isLeaf ? [{ schema, node }] : flatten(reader, parts, place, new Set([...seen, node]));
  });
}

function readStrings(reader: SchemaReader, leaves: Leaf[], own: SchemaNode, place: Place): Type {
  if (leaves.some(isPlain)) return { kind: "string" };
  return readEnum(reader, leaves, own, place);
}

function readNumbers(reader: SchemaReader, leaves: Leaf[], own: SchemaNode, place: Place): Type {
  if (!leaves.some(isPlain)) return readEnum(reader, leaves, own, place);
  const isInteger = leaves.every(
    (leaf) => valuesOf(leaf.node)?.every(Number.isInteger) ?? leaf.node["type"] === "integer",
  );
  return { kind: isInteger ? "integer" : "number" };
}

function readBooleans(reader: SchemaReader, leaves: Leaf[], own: SchemaNode, place: Place): Type {
  return leaves.some(isPlain) ? { kind: "boolean" } : readEnum(reader, leaves, own, place);
}

function isPlain(leaf: Leaf): boolean {
  return valuesOf(leaf.node) === undefined;
}

/** One enum keeps its name; several become one of all their values. */
function readEnum(reader: SchemaReader, leaves: Leaf[], own: SchemaNode, place: Place): Type {
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return reader.read(only.schema, place);
  const values = leaves.flatMap((leaf) => (valuesOf(leaf.node) ?? []) as readonly EnumValue[]);
  return reader.defineEnum(values, own, place);
}

function readArrays(reader: SchemaReader, leaves: Leaf[], place: Place): Type {
  const [first = UNKNOWN, ...others] = leaves.map((leaf) => reader.read(leaf.schema, place));
  if (others.some((other) => JSON.stringify(other) !== JSON.stringify(first))) {
    const fix = "use one array whose items are a union";
    reader.problem(place, "its array variants cannot be told apart", fix);
  }
  return first;
}

function readObjects(
  reader: SchemaReader,
  all: Leaf[],
  union: Place,
  place: Place,
): { variants: Variant[]; discriminator?: string } {
  const leaves = all.filter(({ node }, i) => all.findIndex((leaf) => leaf.node === node) === i);
  const [only] = leaves;
  if (only === undefined) return { variants: [] };
  if (leaves.length === 1) {
    return { variants: [{ json: "object", type: reader.read(only.schema, place), tags: [] }] };
  }
  const found = discriminatorOf(reader, leaves, union);
  if (found === undefined) return { variants: [] };
  const variants = leaves.map((leaf, index): Variant => {
    const tags = found.tags[index] ?? [];
    const at = inside(union, union.path, String(tags[0]));
    return { json: "object", type: reader.read(leaf.schema, at), tags };
  });
  return { variants, discriminator: found.property };
}

function discriminatorOf(
  reader: SchemaReader,
  leaves: readonly Leaf[],
  place: Place,
): Discriminator | undefined {
  const nodes = leaves.map((leaf) => leaf.node);
  const found = findDiscriminator(nodes, (schema) => reader.resolve(schema, place)?.node);
  if (found === undefined) {
    const fix = "add a discriminator: a literal field of the same name in every variant";
    reader.problem(place, "its object variants cannot be told apart", fix);
  }
  return found;
}
