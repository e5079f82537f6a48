import { isObject, type JsonSchema } from "../../protocol/index.js";
import type { SchemaObject } from "../../schema/index.js";
import type { JsonValue, WireFormat } from "../model/api-model.js";
import { isWireFormat } from "../model/wire-formats.js";

/** Keywords whose meaning no generated type has, with what to do instead. */
export const UNSUPPORTED_KEYWORDS: ReadonlyMap<string, string> = new Map([
  ["not", "describe what the value is, not what it is not"],
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
export function shapeKeywordsOf(node: SchemaObject): string[] {
  return SHAPE_KEYWORDS.filter((keyword) => node[keyword] !== undefined);
}

/** Whether a schema accepts null and nothing else. */
export function isNullSchema(schema: unknown): boolean {
  if (!isObject(schema)) return false;
  const values = valuesOf(schema);
  return schema["type"] === "null" || (values?.length === 1 && values[0] === null);
}

/** The keyword's value when it is a text that is not blank. */
export function textOf(node: SchemaObject, keyword: string): string | undefined {
  const value = node[keyword];
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

/** The schemas of the node's `properties`, in order. */
export function propertiesOf(node: SchemaObject): [name: string, schema: JsonSchema][] {
  const properties = node["properties"];
  return isObject(properties) ? (Object.entries(properties) as [string, JsonSchema][]) : [];
}

/** The schema of one of the node's `properties`. */
export function propertyOf(node: SchemaObject, name: string): unknown {
  const properties = node["properties"];
  return isObject(properties) ? own(properties, name) : undefined;
}

/** The names of the properties that must be there. */
export function requiredOf(node: SchemaObject): Set<string> {
  const required = node["required"];
  return new Set(Array.isArray(required) ? (required as string[]) : []);
}

/** The values of `enum`, or the one of `const`; `undefined` for a node without both. */
export function valuesOf(node: SchemaObject): readonly JsonValue[] | undefined {
  if (Array.isArray(node["enum"])) return node["enum"] as JsonValue[];
  return "const" in node ? [node["const"] as JsonValue] : undefined;
}

/** The schemas of `anyOf` or `oneOf`. */
export function alternativesOf(node: SchemaObject): readonly JsonSchema[] | undefined {
  const alternatives = node["anyOf"] ?? node["oneOf"];
  return Array.isArray(alternatives) ? (alternatives as JsonSchema[]) : undefined;
}

function own(node: SchemaObject, key: string): unknown {
  return Object.hasOwn(node, key) ? node[key] : undefined;
}

/**
 * The schema of the properties that are not named: `false` where there must be none, `undefined`
 * where nothing is said of them.
 */
export function restOf(node: SchemaObject): JsonSchema | undefined {
  const rest = node["additionalProperties"] ?? node["unevaluatedProperties"];
  const patterns = patternsOf(node);
  if (patterns.length === 0) return rest as JsonSchema;
  return hasPatterns(node) ? true : patterns[0]![1];
}

/** Whether the names of the unnamed properties decide over their types, which then are any. */
export function hasPatterns(node: SchemaObject): boolean {
  const patterns = patternsOf(node);
  const isForAll =
    node["additionalProperties"] === false || /^\^?(?:\.\*)?\$?$/.test(patterns[0]?.[0] ?? "");
  return patterns.length > 0 && !(patterns.length === 1 && isForAll);
}

function patternsOf(node: SchemaObject): [pattern: string, schema: JsonSchema][] {
  const patterns = node["patternProperties"];
  return isObject(patterns) ? (Object.entries(patterns) as [string, JsonSchema][]) : [];
}

/**
 * The format that a schema gives its strings by `contentEncoding` or by `format`. `byte` is what
 * OpenAPI 3.0 calls base64. Formats that change nothing in how a text is handled (`email`, `uri`)
 * do not count.
 */
export function formatOf(node: SchemaObject): WireFormat | undefined {
  const encoding = node["contentEncoding"];
  if (encoding === "base64" || encoding === "base64url") return encoding;
  const format = node["format"] === "byte" ? "base64" : node["format"];
  return isWireFormat(format) ? format : undefined;
}
