import type { Type } from "../model/api-model.js";
import { type SchemaObject } from "../../schema/index.js";
import { inside, type Place } from "./place.js";
import type { TypeReader } from "./type-reader.js";

/** Reads an array or a tuple. */
export function readArray(reader: TypeReader, node: SchemaObject, place: Place): Type {
  const places = Array.isArray(node["prefixItems"]) ? (node["prefixItems"] as unknown[]) : [];
  const hasRest = node["items"] !== false && !isFull(node, places.length);
  const at = inside(place, `${place.path}[]`, "item");
  if (places.length === 0 && hasRest) {
    return { kind: "array", items: reader.read(node["items"], at) };
  }
  if (places.length > Number(node["minItems"] ?? 0)) {
    const fix = "make every item required (minItems), or use an object with optional fields";
    reader.problem(place, "a tuple cannot have optional items", fix);
  }
  const items = places.map((schema, index) =>
    reader.read(schema, inside(place, `${place.path}[${index}]`, String(index + 1))),
  );
  return { kind: "tuple", items, rest: hasRest ? reader.read(node["items"], at) : undefined };
}

/** Whether `maxItems` forbids further items. */
function isFull(node: SchemaObject, places: number): boolean {
  const max = node["maxItems"];
  return typeof max === "number" && max <= places;
}
