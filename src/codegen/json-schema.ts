import type { JsonSchema } from "../protocol/index.js";
import type { JsonValue } from "./api-model.js";

/** A schema that is no boolean. */
export type SchemaNode = { readonly [keyword: string]: unknown };

/** Keywords whose meaning no type of ours has, with what to do instead. */
export const UNSUPPORTED_KEYWORDS: ReadonlyMap<string, string> = new Map([
  ["allOf", "write one object with the fields of all parts"],
  ["not", "say what the value is instead of what it is not"],
  ["if", "use a union with a discriminator"],
  ["then", "use a union with a discriminator"],
  ["else", "use a union with a discriminator"],
  ["dependentSchemas", "use a union with a discriminator"],
  ["patternProperties", "use a map: an object whose keys are all of one type"],
  ["prefixItems", "use an object with named fields, or an array of one type"],
  ["$dynamicRef", "use $ref"],
]);

/** Keywords that give a value its shape; beside `$ref` or `anyOf` they would make an `allOf`. */
const SHAPE_KEYWORDS = ["type", "properties", "items", "additionalProperties", "enum", "const"];

/** The keywords of a node that shape its value further than the given one does. */
export function shapeKeywordsBeside(node: SchemaNode, keyword: string): string[] {
  return [...SHAPE_KEYWORDS, "$ref", "anyOf", "oneOf"].filter(
    (other) => other !== keyword && node[other] !== undefined,
  );
}

/** Whether a schema is a node and not a boolean or something malformed. */
export function isNode(schema: unknown): schema is SchemaNode {
  return typeof schema === "object" && schema !== null && !Array.isArray(schema);
}

/** Whether a schema accepts null and nothing else. */
export function isNullSchema(schema: unknown): boolean {
  if (!isNode(schema)) return false;
  return schema["type"] === "null" || ("const" in schema && schema["const"] === null);
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

/** Whether an object has fields and beside them keys of any name with a type of their own. */
export function hasTypedRest(node: SchemaNode): boolean {
  const rest = node["additionalProperties"];
  return propertiesOf(node).length > 0 && isNode(rest) && Object.keys(rest).length > 0;
}
