import type { JsonSchema } from "../../protocol/index.js";
import { jsonKindOf, jsonKindOfValue } from "./alternatives.js";
import type { JsonValue } from "../model/api-model.js";
import { type SchemaObject } from "../../schema/index.js";
import { isObject } from "../../protocol/index.js";
import { propertiesOf, requiredOf, restOf, valuesOf } from "./json-schema.js";

/** The schema of the values that two schemas accept, or the two types that exclude each other. */
export type Merged =
  { readonly node: SchemaObject } | { readonly clash: readonly [string, string] };

/**
 * Merges two schemas without `$ref`, `allOf` and alternatives. The schemas of a common property or
 * item become an `allOf`, which is resolved when it is read.
 */
export function mergeNodes(a: SchemaObject, b: SchemaObject): Merged {
  const clash = (): Merged => ({ clash: [described(a), described(b)] });
  const types = commonTypes(typesOf(a), typesOf(b));
  if (types?.length === 0) return clash();
  const values = commonValues(a, b)?.filter((value) => accepts(types ?? [], typeOf(value)));
  if (values?.length === 0) return clash();
  const format = commonText(a, b, "format");
  const contentEncoding = commonText(a, b, "contentEncoding");
  if (format === CLASH || contentEncoding === CLASH) return clash();
  return {
    node: {
      ...(types !== undefined && { type: types.length === 1 ? types[0] : types }),
      ...(values !== undefined && { enum: values }),
      ...(format !== undefined && { format }),
      ...(contentEncoding !== undefined && { contentEncoding }),
      ...mergedObject(a, b),
      ...mergedArray(a, b),
    },
  };
}

/** The types of a node without alternatives; `undefined` if it accepts any. */
export function typesOf(node: SchemaObject): readonly string[] | undefined {
  const type = node["type"];
  if (Array.isArray(type)) return type as string[];
  if (typeof type === "string") return [type];
  const values = valuesOf(node);
  if (values !== undefined) return [...new Set(values.map(typeOf))];
  const kind = jsonKindOf(node);
  return kind && [kind];
}

function typeOf(value: JsonValue): string {
  return Number.isInteger(value) ? "integer" : jsonKindOfValue(value);
}

/** Whether values of a type are accepted where any of several types is: integers are numbers. */
export function accepts(types: readonly string[], type: string): boolean {
  return types.includes(type) || (type === "integer" && types.includes("number"));
}

function commonTypes(
  a: readonly string[] | undefined,
  b: readonly string[] | undefined,
): readonly string[] | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const common = [...a.filter((type) => accepts(b, type)), ...b.filter((type) => accepts(a, type))];
  return [...new Set(common)];
}

function commonValues(a: SchemaObject, b: SchemaObject): readonly JsonValue[] | undefined {
  const first = valuesOf(a);
  const second = valuesOf(b);
  if (first === undefined || second === undefined) return first ?? second;
  const known = new Set(second.map((value) => JSON.stringify(value)));
  return first.filter((value) => known.has(JSON.stringify(value)));
}

const CLASH = Symbol("clash");

function commonText(
  a: SchemaObject,
  b: SchemaObject,
  keyword: string,
): string | undefined | typeof CLASH {
  const first = a[keyword] as string | undefined;
  const second = b[keyword] as string | undefined;
  return first === undefined || second === undefined || first === second
    ? (first ?? second)
    : CLASH;
}

const OBJECT_KEYWORDS = [
  "properties",
  "required",
  "additionalProperties",
  "unevaluatedProperties",
  "patternProperties",
  "propertyNames",
];

function mergedObject(a: SchemaObject, b: SchemaObject): SchemaObject {
  if (!OBJECT_KEYWORDS.some((keyword) => a[keyword] ?? b[keyword])) return {};
  const first = new Map(propertiesOf(a));
  const second = new Map(propertiesOf(b));
  const properties = [...new Set([...first.keys(), ...second.keys()])].map((name) => {
    const schemas = [first.get(name) ?? typedRest(a), second.get(name) ?? typedRest(b)];
    return [name, both(...(schemas as [JsonSchema?, JsonSchema?]))] as const;
  });
  const hasProperties = a["properties"] !== undefined || b["properties"] !== undefined;
  const rest = mergedRest(restOf(a), restOf(b));
  const names = both(a["propertyNames"] as JsonSchema, b["propertyNames"] as JsonSchema);
  return {
    ...(hasProperties && { properties: Object.fromEntries(properties) }),
    ...(rest !== undefined && { additionalProperties: rest }),
    ...(names !== undefined && { propertyNames: names }),
    required: [...new Set([...requiredOf(a), ...requiredOf(b)])],
  };
}

/** The schema that the properties of the other part must also match. */
function typedRest(node: SchemaObject): JsonSchema | undefined {
  const rest = restOf(node);
  return isObject(rest) && Object.keys(rest).length > 0 ? rest : undefined;
}

/** Libraries forbid other properties in each part; the intersection has the properties of both. */
function mergedRest(a: JsonSchema | undefined, b: JsonSchema | undefined): JsonSchema | undefined {
  if (a === false) return b;
  return b === false ? a : both(a, b);
}

function mergedArray(a: SchemaObject, b: SchemaObject): SchemaObject {
  if (["items", "prefixItems"].every((key) => a[key] === undefined && b[key] === undefined)) {
    return {};
  }
  const items = (node: SchemaObject) => node["items"] as JsonSchema | undefined;
  const places = (node: SchemaObject) =>
    Array.isArray(node["prefixItems"]) ? (node["prefixItems"] as JsonSchema[]) : [];
  const length = Math.max(places(a).length, places(b).length);
  const prefixItems = Array.from({ length }, (_, index) => {
    return both(places(a)[index] ?? items(a), places(b)[index] ?? items(b)) ?? true;
  });
  const rest = both(items(a), items(b));
  const bounds = ["minItems", "maxItems"].map((keyword) => {
    const found = [a[keyword], b[keyword]].filter((bound) => typeof bound === "number");
    return [keyword, keyword === "minItems" ? Math.max(...found) : Math.min(...found)] as const;
  });
  return {
    ...(length > 0 && { prefixItems }),
    ...(rest !== undefined && { items: rest }),
    ...Object.fromEntries(bounds.filter(([, bound]) => Number.isFinite(bound))),
  };
}

/** The schema of the values that two schemas accept. */
function both(a?: JsonSchema, b?: JsonSchema): JsonSchema | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a === false || b === false) return false;
  if (saysNothing(a) || JSON.stringify(a) === JSON.stringify(b)) return b;
  if (saysNothing(b)) return a;
  const text = [a, b].find((schema) => isObject(schema) && schema["description"] !== undefined);
  const description = isObject(text) ? { description: text["description"] } : {};
  return { ...description, allOf: [a, b] };
}

function saysNothing(schema: JsonSchema): boolean {
  return schema === true || (isObject(schema) && Object.keys(schema).length === 0);
}

function described(node: SchemaObject): string {
  const values = valuesOf(node);
  if (values !== undefined) return values.map((value) => JSON.stringify(value)).join(" or ");
  const format = node["format"] ?? node["contentEncoding"];
  const types = typesOf(node)?.join(" or ") ?? "any";
  return typeof format === "string" ? `${types} (${format})` : types;
}
