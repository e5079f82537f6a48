import type { JsonSchema } from "../../protocol/index.js";
import type { JsonValue } from "../model/api-model.js";

/** A schema that is no boolean. */
export type SchemaNode = { readonly [keyword: string]: unknown };

/** Keywords whose meaning no type of ours has, with what to do instead. */
export const UNSUPPORTED_KEYWORDS: ReadonlyMap<string, string> = new Map([
  ["not", "say what the value is instead of what it is not"],
  ["if", "use a union with a discriminator"],
  ["then", "use a union with a discriminator"],
  ["else", "use a union with a discriminator"],
  ["dependentSchemas", "use a union with a discriminator"],
  ["$dynamicRef", "use $ref"],
]);

/** Keywords that give a value its shape. All others are texts, or constraints the server checks. */
const SHAPE_KEYWORDS = [
  "type",
  "properties",
  "additionalProperties",
  "unevaluatedProperties",
  "patternProperties",
  "propertyNames",
  "items",
  "prefixItems",
  "enum",
  "const",
  "format",
  "contentEncoding",
  "required",
  "anyOf",
  "oneOf",
];

/** The keywords of a node, `$ref` and `allOf` aside, that give its value a shape. */
export function shapeKeywordsOf(node: SchemaNode): string[] {
  return SHAPE_KEYWORDS.filter((keyword) => node[keyword] !== undefined);
}

/** Whether a schema is a node and not a boolean or something malformed. */
export function isNode(schema: unknown): schema is SchemaNode {
  return typeof schema === "object" && schema !== null && !Array.isArray(schema);
}

/** Whether a schema accepts null and nothing else. */
export function isNullSchema(schema: unknown): boolean {
  if (!isNode(schema)) return false;
  const values = valuesOf(schema);
  return schema["type"] === "null" || (values?.length === 1 && values[0] === null);
}

/** The keyword's value when it is a text that says something. */
export function textOf(node: SchemaNode, keyword: string): string | undefined {
  const value = node[keyword];
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

/** The schemas of the node's `properties`, in order. */
export function propertiesOf(node: SchemaNode): [name: string, schema: JsonSchema][] {
  const properties = node["properties"];
  return isNode(properties) ? (Object.entries(properties) as [string, JsonSchema][]) : [];
}

/** The schema of one of the node's `properties`. */
export function propertyOf(node: SchemaNode, name: string): unknown {
  const properties = node["properties"];
  return isNode(properties) ? own(properties, name) : undefined;
}

/** The names of the properties that must be there. */
export function requiredOf(node: SchemaNode): Set<string> {
  const required = node["required"];
  return new Set(Array.isArray(required) ? (required as string[]) : []);
}

/** The values of `enum`, or the one of `const`; `undefined` for a node without both. */
export function valuesOf(node: SchemaNode): readonly JsonValue[] | undefined {
  if (Array.isArray(node["enum"])) return node["enum"] as JsonValue[];
  return "const" in node ? [node["const"] as JsonValue] : undefined;
}

/** The schemas of `anyOf` or `oneOf`. */
export function alternativesOf(node: SchemaNode): readonly JsonSchema[] | undefined {
  const alternatives = node["anyOf"] ?? node["oneOf"];
  return Array.isArray(alternatives) ? (alternatives as JsonSchema[]) : undefined;
}

/** What a local `$ref` points to (a JSON pointer, RFC 6901), or `undefined`. */
export function resolvePointer(root: JsonSchema, ref: string): unknown {
  if (!ref.startsWith("#")) return undefined;
  const keys = ref.slice(1).split("/").slice(1).map(unescapeKey);
  return keys.reduce<unknown>(
    (node, key) => (isNode(node) || Array.isArray(node) ? own(node as SchemaNode, key) : undefined),
    root,
  );
}

/** The last key of a `$ref` into `$defs`, or `undefined` for any other `$ref`. */
export function definitionKey(ref: string): string | undefined {
  const match = /^#\/(?:\$defs|definitions)\/([^/]+)$/.exec(ref);
  return match?.[1] && unescapeKey(match[1]);
}

function unescapeKey(key: string): string {
  return percentDecoded(key).replaceAll("~1", "/").replaceAll("~0", "~");
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a bare "%", which not every library escapes
  }
}

function own(node: SchemaNode, key: string): unknown {
  return Object.hasOwn(node, key) ? node[key] : undefined;
}

/**
 * The schema of the properties that are not named: `false` where there must be none, `undefined`
 * where nothing is said of them.
 */
export function restOf(node: SchemaNode): JsonSchema | undefined {
  const rest = node["additionalProperties"] ?? node["unevaluatedProperties"];
  const patterns = node["patternProperties"];
  return (isNode(patterns) ? ofAllNames(node, patterns) : undefined) ?? (rest as JsonSchema);
}

/** Whether the names of the properties decide over their types. */
export function hasPatterns(node: SchemaNode): boolean {
  const patterns = node["patternProperties"];
  return isNode(patterns) && ofAllNames(node, patterns) === undefined;
}

/** The one schema of all properties: of the one pattern that every name has, or has to have. */
function ofAllNames(node: SchemaNode, patterns: SchemaNode): JsonSchema | undefined {
  const [first, second] = Object.entries(patterns);
  if (first === undefined || second !== undefined || propertiesOf(node).length > 0)
    return undefined;
  const [pattern, schema] = first;
  const isForAll = node["additionalProperties"] === false || /^\^?(?:\.\*)?\$?$/.test(pattern);
  return isForAll ? (schema as JsonSchema) : undefined;
}
