// Contracts from schemas that were not written for this project.
import type { Contract, JsonSchema } from "../../src/protocol/index.js";

const to = (name: string): JsonSchema => ({ $ref: `#/$defs/${name}` });

/** A method for each definition, with it as params and result. */
function definitions(prefix: string, $defs: Record<string, JsonSchema>): Contract {
  const methods = Object.keys($defs).map((name, index) => {
    const schema = { ...(to(name) as object), $defs };
    return { name: `${prefix}.echo_${index + 1}`, params: schema, result: schema };
  });
  return { contract: 1, methods };
}

/** Recursions without an object, as in JSON itself: direct, mutual, and with null. */
export function jsonvalues(): Contract {
  const scalars = [{ type: "string" }, { type: "integer" }, { type: "boolean" }];
  const listOf = (name: string) => ({ type: "array", items: to(name) });
  const mapOf = (name: string) => ({ type: "object", additionalProperties: to(name) });
  return definitions("values", {
    Alone: { anyOf: [...scalars, listOf("Alone"), mapOf("Alone")] },
    Dict: mapOf("Value"),
    Value: { description: "Anything.", anyOf: [...scalars, listOf("Value"), to("Dict")] },
    NullableDict: mapOf("NullableValue"),
    NullableValue: {
      anyOf: [{ type: "null" }, { type: "number" }, listOf("NullableValue"), to("NullableDict")],
    },
    Levels: listOf("Level"),
    Level: mapOf("Levels"),
    Both: { anyOf: [{ type: "string" }, mapOf("Both"), listOf("Either")] },
    Either: { anyOf: [{ type: "integer" }, listOf("Either"), mapOf("Both")] },
  });
}

/**
 * GeoJSON (RFC 7946) as its public schema is written: every object is inline wherever it can occur,
 * with its own title and bounding box.
 */
export function geojson(): Contract {
  const position = { type: "array", minItems: 2, items: { type: "number" } };
  const listOf = (items: JsonSchema, more: object = {}) => ({ type: "array", items, ...more });
  const line = listOf(position, { minItems: 2 });
  const ring = listOf(position, { minItems: 4 });
  const object = (type: string, properties: Record<string, JsonSchema>) => ({
    title: `GeoJSON ${type}`,
    type: "object",
    required: ["type", ...Object.keys(properties).filter((name) => name !== "id")],
    properties: {
      type: { type: "string", enum: [type] },
      ...properties,
      bbox: { type: "array", minItems: 4, items: { type: "number" } },
    },
  });
  const shapes = () => [
    object("Point", { coordinates: position }),
    object("LineString", { coordinates: line }),
    object("Polygon", { coordinates: listOf(ring) }),
    object("MultiPoint", { coordinates: listOf(position) }),
    object("MultiLineString", { coordinates: listOf(line) }),
    object("MultiPolygon", { coordinates: listOf(listOf(ring)) }),
  ];
  const collection = () =>
    object("GeometryCollection", { geometries: listOf({ anyOf: shapes() }) });
  const feature = () =>
    object("Feature", {
      id: { oneOf: [{ type: "number" }, { type: "string" }] },
      properties: { oneOf: [{ type: "null" }, { type: "object" }] },
      geometry: { oneOf: [{ type: "null" }, ...shapes(), collection()] },
    });
  const features = object("FeatureCollection", { features: listOf(feature()) });
  return definitions("maps", {
    GeoJSON: { title: "GeoJSON", oneOf: [...shapes(), collection(), feature(), features] },
  });
}

/** Names that become the same identifier, and extensions next to known fields, as in public schemas. */
export function extensions(): Contract {
  const number = { type: "number" };
  const valueOf = (value: JsonSchema) => ({
    type: "object",
    properties: { value },
    required: ["value"],
    patternProperties: { "^x-": {} },
    additionalProperties: false,
  });
  return definitions("extensions", {
    "V<number>": valueOf(number),
    "V<number[]>": valueOf({ type: "array", items: number }),
    Document: {
      type: "object",
      properties: { one: to("V<number>"), many: to("V<number[]>") },
      patternProperties: { "^x-": { type: "string" }, "^/": number },
    },
  });
}
