import type { JsonSchema } from "../protocol/index.js";
import { repeatsFormat } from "./format-patterns.js";

type Keywords = Readonly<Record<string, unknown>>;
type MapPart = (part: unknown) => unknown;

type MapValue = (value: unknown, map: MapPart) => unknown;

// How the schemas in a keyword's value are mapped, by what the value is.
const data: MapValue = (value) => value;
const schema: MapValue = (value, map) => map(value);
const schemas: MapValue = (value, map) => (Array.isArray(value) ? value.map(map) : value);
const schemaMap: MapValue = (value, map) =>
  isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([name, part]) => [name, map(part)]))
    : value;

/** The keywords in the order of the normal form, each with how its value is read. */
const KEYWORDS: ReadonlyMap<string, MapValue> = new Map([
  ...all("$ref type const enum format contentEncoding contentMediaType", data),
  ...all("contentSchema", schema),
  ...all("pattern minLength maxLength", data),
  ...all("minimum exclusiveMinimum maximum exclusiveMaximum multipleOf", data),
  ...all("prefixItems", schemas),
  ...all("items unevaluatedItems contains", schema),
  ...all("minContains maxContains minItems maxItems uniqueItems", data),
  ...all("propertyNames", schema),
  ...all("properties patternProperties", schemaMap),
  ...all("required dependentRequired", data),
  ...all("dependentSchemas", schemaMap),
  ...all("additionalProperties unevaluatedProperties", schema),
  ...all("minProperties maxProperties", data),
  ...all("anyOf oneOf allOf", schemas),
  ...all("not if then else", schema),
  ...all("default title description deprecated readOnly writeOnly examples $comment", data),
]);

/** Keywords with which a `$ref` can lead elsewhere than its text says. */
const ANCHORS = ["$id", "$anchor", "$dynamicRef", "$dynamicAnchor"];

/**
 * A schema in the normal form of docs/contract.md, which is the same whichever library has printed
 * it. It accepts what the schema accepts. The normal form of a normal form is itself.
 */
export function normalSchema(schema: JsonSchema): JsonSchema {
  if (!isObject(schema) || !hasPlainReferences(schema)) return schema;
  const { $defs, ...root } = schema;
  const normal = normalPart(root) as Keywords;
  if (!isObject($defs)) return normal;
  const definitions = usedDefinitions(normal, $defs);
  return definitions.length === 0 ? normal : { ...normal, $defs: Object.fromEntries(definitions) };
}

function normalPart(part: unknown): unknown {
  return isObject(part) ? inOrder(withJoinedTypes(flatPart(part))) : part;
}

/** A part whose own `anyOf` may still have duplicates: they are looked for once, in the outermost. */
function flatPart(part: Keywords): Keywords {
  const { anyOf, ...rest } = part;
  const mapped = mapParts(rest, normalPart);
  const whole = "anyOf" in part ? { ...mapped, anyOf: flatAlternatives(anyOf) } : mapped;
  return withoutTheObvious(withSortedRequired(whole));
}

/** Members of an `anyOf`; in the place of one that says nothing but alternatives stand these. */
function flatAlternatives(anyOf: unknown): unknown {
  if (!Array.isArray(anyOf)) return anyOf;
  return anyOf.flatMap((member: unknown) => {
    if (!isObject(member)) return [member];
    const flat = flatPart(member);
    const { anyOf: inner } = flat;
    const isNothingElse = Object.keys(flat).join() === "anyOf";
    if (isNothingElse && Array.isArray(inner) && inner.length > 0) return inner as unknown[];
    return [inOrder(withJoinedTypes(flat))];
  });
}

function inOrder(part: Keywords): Keywords {
  const known = [...KEYWORDS.keys()].filter((keyword) => Object.hasOwn(part, keyword));
  const others = Object.keys(part).filter((name) => !KEYWORDS.has(name) && name !== "$defs");
  const definitions = "$defs" in part ? ["$defs"] : [];
  return pick(part, [...known, ...others, ...definitions]);
}

/** Puts the names in `required` in the order of `properties`; what else is required comes after. */
function withSortedRequired(part: Keywords): Keywords {
  const { properties, required } = part;
  if (!isObject(properties) || !Array.isArray(required)) return part;
  // Sets, because either may have very many in a contract from elsewhere.
  const names = new Set<unknown>(required);
  const declared = Object.keys(properties).filter((name) => names.has(name));
  const isDeclared = new Set<unknown>(declared);
  const others = required.filter((name) => !isDeclared.has(name));
  return { ...part, required: [...declared, ...others] };
}

/** Leaves out what holds for every value of JSON, or what the format says already. */
function withoutTheObvious(part: Keywords): Keywords {
  const isObvious = (keyword: string): boolean => {
    const value = part[keyword];
    switch (keyword) {
      case "minimum":
        return value === Number.MIN_SAFE_INTEGER && isInteger(part);
      case "maximum":
        return value === Number.MAX_SAFE_INTEGER && isInteger(part);
      case "pattern":
        return repeatsFormat(part["format"], value);
      case "propertyNames":
        return bareTypes(value)?.join() === "string";
      default:
        return false;
    }
  };
  return pick(
    part,
    Object.keys(part).filter((keyword) => !isObvious(keyword)),
  );
}

function isInteger({ type }: Keywords): boolean {
  const types: unknown[] = Array.isArray(type) ? type : [type];
  return types.includes("integer") && !types.includes("number");
}

/** A flat `anyOf` without duplicates; of nothing but types, a list of them. */
function withJoinedTypes(part: Keywords): Keywords {
  const { anyOf, ...rest } = part;
  if (!Array.isArray(anyOf) || anyOf.length === 0) return part;
  const members = distinct(anyOf.flatMap((member) => bareTypes(member)?.map(ofType) ?? [member]));
  const [only] = members;
  if (members.length === 1 && isObject(only) && Object.keys(rest).length === 0) return only;
  const types = members.map(bareTypes);
  if ("type" in rest || types.includes(undefined)) return { ...rest, anyOf: members };
  const [first, ...others] = types.flat();
  return { ...rest, type: others.length === 0 ? first : [first, ...others] };
}

function ofType(type: unknown): Keywords {
  return { type };
}

/** The types of a part that says nothing else. */
function bareTypes(part: unknown): unknown[] | undefined {
  if (!isObject(part) || Object.keys(part).join() !== "type") return undefined;
  const { type } = part;
  if (!Array.isArray(type)) return [type];
  return type.length > 0 ? type : undefined;
}

function distinct(members: readonly unknown[]): unknown[] {
  const firsts = new Map<string, unknown>();
  for (const member of members) {
    const text = JSON.stringify(member);
    if (!firsts.has(text)) firsts.set(text, member);
  }
  return [...firsts.values()];
}

/** The definitions that something leads to, in the order in which the first `$ref` to each stands. */
function usedDefinitions(root: Keywords, definitions: Keywords): [name: string, part: unknown][] {
  const used = new Map<string, unknown>();
  const visit = (part: unknown): void => {
    for (const ref of referencesIn(part)) {
      const name = definitionOf(ref);
      if (name !== undefined && Object.hasOwn(definitions, name) && !used.has(name)) {
        used.set(name, normalPart(definitions[name]));
      }
    }
  };
  visit(root);
  // The map grows while it is visited: a definition may lead to others.
  for (const definition of used.values()) visit(definition);
  return [...used];
}

/** Whether every `$ref` leads to the whole schema or to one of its definitions. */
function hasPlainReferences(root: Keywords): boolean {
  const isPlain = (part: unknown): boolean => {
    if (!isObject(part)) return true;
    const ref = part["$ref"] ?? "#";
    if (ref !== "#" && definitionOf(ref) === undefined) return false;
    if (ANCHORS.some((keyword) => keyword in part)) return false;
    return partsOf(part).every(isPlain);
  };
  return isPlain(root);
}

/** The references of a part, from the first to the last. */
function referencesIn(part: unknown): unknown[] {
  if (!isObject(part)) return [];
  return [...("$ref" in part ? [part["$ref"]] : []), ...partsOf(part).flatMap(referencesIn)];
}

/** The name in a reference like `#/$defs/Name`: https://www.rfc-editor.org/rfc/rfc6901 */
function definitionOf(ref: unknown): string | undefined {
  const [, segment] = /^#\/\$defs\/([^/]*)$/.exec(String(ref)) ?? [];
  try {
    return segment && decodeURIComponent(segment).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return undefined;
  }
}

function partsOf(part: Keywords): unknown[] {
  const parts: unknown[] = [];
  mapParts(part, (inner) => parts.push(inner));
  return parts;
}

function mapParts(part: Keywords, map: MapPart): Keywords {
  const entries = Object.entries(part).map(([keyword, value]): [string, unknown] => {
    const mapValue = keyword === "$defs" ? schemaMap : (KEYWORDS.get(keyword) ?? data);
    return [keyword, mapValue(value, map)];
  });
  return Object.fromEntries(entries);
}

function pick(part: Keywords, keywords: readonly string[]): Keywords {
  return Object.fromEntries(keywords.map((keyword) => [keyword, part[keyword]]));
}

function all(keywords: string, value: MapValue): [string, MapValue][] {
  return keywords.split(" ").map((keyword) => [keyword, value]);
}

function isObject(value: unknown): value is Keywords {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
