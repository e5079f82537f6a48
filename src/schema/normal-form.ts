import { isObject, type JsonSchema } from "../protocol/index.js";
import { repeatsFormat } from "./format-patterns.js";
import { KEYWORDS } from "./keywords.js";
import { definitionName } from "./pointer.js";
import { mapSubschemas, transformReached, visitSchemas, type SchemaObject } from "./traverse.js";

/** Keywords that can change the target of a `$ref`. */
const ANCHORS = ["$id", "$anchor", "$dynamicRef", "$dynamicAnchor"];

/**
 * A schema in the normal form of docs/contract.md, which is the same whichever library printed it.
 * It accepts what the schema accepts and keeps all descriptions. The normal form of a normal form is
 * itself.
 */
export function normalSchema(schema: JsonSchema): JsonSchema {
  if (!isObject(schema) || !hasPlainReferences(schema)) return schema;
  const { root, definitions } = transformReached(schema, normalPart);
  return definitions.size === 0 ? root : { ...root, $defs: Object.fromEntries(definitions) };
}

/** Whether every `$ref` refers to the whole schema or to one of its definitions. */
function hasPlainReferences(root: SchemaObject): boolean {
  for (const schema of visitSchemas(root)) {
    const { $ref = "#" } = schema;
    if ($ref !== "#" && definitionName($ref) === undefined) return false;
    if (ANCHORS.some((keyword) => keyword in schema)) return false;
  }
  return true;
}

function normalPart(part: unknown): unknown {
  return isObject(part) ? inOrder(withJoinedTypes(flatPart(part))) : part;
}

/** A part whose `anyOf` is flat but may have duplicates, which are removed once, in the outermost. */
function flatPart(part: SchemaObject): SchemaObject {
  const { anyOf, ...rest } = part;
  const mapped = mapSubschemas(rest, normalPart);
  const whole = "anyOf" in part ? { ...mapped, anyOf: flatAlternatives(anyOf) } : mapped;
  return withoutTheObvious(withSortedRequired(whole));
}

/** The members of an `anyOf`; a member with nothing but alternatives is replaced by these. */
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

/** Puts the keywords into the order of {@link KEYWORDS}, then unknown ones, then `$defs`. */
function inOrder(part: SchemaObject): SchemaObject {
  const keywords = Object.keys(part).toSorted((a, b) => rankOf(a) - rankOf(b));
  return pick(part, keywords);
}

const RANKS = new Map([...KEYWORDS.keys()].map((keyword, index) => [keyword, index]));
RANKS.set("$defs", Infinity);

function rankOf(keyword: string): number {
  return RANKS.get(keyword) ?? RANKS.size;
}

/** Puts the names in `required` in the order of `properties`, then the other names. */
function withSortedRequired(part: SchemaObject): SchemaObject {
  const { properties, required } = part;
  if (!isObject(properties) || !Array.isArray(required)) return part;
  // Sets, because a foreign contract can have very many names.
  const names = new Set<unknown>(required);
  const declared = Object.keys(properties).filter((name) => names.has(name));
  const isDeclared = new Set<unknown>(declared);
  const others = required.filter((name) => !isDeclared.has(name));
  return { ...part, required: [...declared, ...others] };
}

/** Removes keywords that hold for every JSON value or that the format implies. */
function withoutTheObvious(part: SchemaObject): SchemaObject {
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

function isInteger({ type }: SchemaObject): boolean {
  const types: unknown[] = Array.isArray(type) ? type : [type];
  return types.includes("integer") && !types.includes("number");
}

/** Removes duplicates in a flat `anyOf`, and replaces one of only types with a list of types. */
function withJoinedTypes(part: SchemaObject): SchemaObject {
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

function ofType(type: unknown): SchemaObject {
  return { type };
}

/** The types of a part with no other keyword. */
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

function pick(part: SchemaObject, keywords: readonly string[]): SchemaObject {
  return Object.fromEntries(keywords.map((keyword) => [keyword, part[keyword]]));
}
