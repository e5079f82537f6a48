import { isObject, type JsonSchema } from "../../protocol/index.js";
import type { SchemaObject } from "../../schema/index.js";
import type { JsonValue, WireFormat } from "../model/api-model.js";
import { isWireFormat } from "../model/wire-formats.js";

/** Keywords that generated types cannot express, with what to do instead. */
export const UNSUPPORTED_KEYWORDS: ReadonlyMap<string, string> = new Map([
  ["not", "describe what the value is, not what it is not"],
  ["if", "use a union with a discriminator"],
  ["then", "use a union with a discriminator"],
  ["else", "use a union with a discriminator"],
  ["dependentSchemas", "use a union with a discriminator"],
  ["$dynamicRef", "use $ref"],
]);

/** Keywords that determine a type. The others are texts or constraints that the server checks. */
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

/** The keywords of a node that determine a type, except `$ref` and `allOf`. */
export function shapeKeywordsOf(node: SchemaObject): string[] {
  return SHAPE_KEYWORDS.filter((keyword) => node[keyword] !== undefined);
}

/** Whether a schema accepts null and nothing else. */
export function isNullSchema(schema: unknown): boolean {
  if (!isObject(schema)) return false;
  const values = valuesOf(schema);
  return schema["type"] === "null" || (values?.length === 1 && values[0] === null);
}

/** The keyword's value if it is a string that is not blank. */
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
  return isObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

/** The names of the required properties. */
export function requiredOf(node: SchemaObject): Set<string> {
  const required = node["required"];
  return new Set(Array.isArray(required) ? (required as string[]) : []);
}

/** The values of `enum` or `const`; `undefined` for a node with neither. */
export function valuesOf(node: SchemaObject): readonly JsonValue[] | undefined {
  if (Array.isArray(node["enum"])) return node["enum"] as JsonValue[];
  return "const" in node ? [node["const"] as JsonValue] : undefined;
}

/** The schemas of `anyOf` or `oneOf`. */
export function alternativesOf(node: SchemaObject): readonly JsonSchema[] | undefined {
  const alternatives = node["anyOf"] ?? node["oneOf"];
  return Array.isArray(alternatives) ? (alternatives as JsonSchema[]) : undefined;
}

/**
 * The schema of the other properties: `false` if they are forbidden, `undefined` if the node does
 * not specify it.
 */
export function restOf(node: SchemaObject): JsonSchema | undefined {
  const rest = node["additionalProperties"] ?? node["unevaluatedProperties"];
  const patterns = patternsOf(node);
  if (patterns.length === 0) return rest as JsonSchema;
  return hasPatterns(node) ? true : patterns[0]![1];
}

/** Whether the types of the other properties depend on their names; then they can be anything. */
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
 * The format of a schema's strings, from `contentEncoding` or `format`; `byte` is the name of base64
 * in OpenAPI 3.0. Formats that do not change how clients handle a string (`email`, `uri`) are
 * ignored.
 */
export function formatOf(node: SchemaObject): WireFormat | undefined {
  const encoding = node["contentEncoding"];
  if (encoding === "base64" || encoding === "base64url") return encoding;
  const format = node["format"] === "byte" ? "base64" : node["format"];
  return isWireFormat(format) ? format : undefined;
}
