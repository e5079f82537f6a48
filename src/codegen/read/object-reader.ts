import type { JsonSchema } from "../../protocol/index.js";
import { constantsIn } from "./alternatives.js";
import type { Field, JsonValue, ObjectModel, Type } from "../model/api-model.js";
import { type SchemaObject } from "../../schema/index.js";
import { isObject } from "../../protocol/index.js";
import { hasPatterns, propertiesOf, requiredOf, restOf, textOf } from "./json-schema.js";
import { inside, type Place } from "./place.js";
import type { TypeReader } from "./type-reader.js";

/**
 * Reads the fields of an object: its properties, and other names that it requires or lists in
 * `propertyNames`, like those of a record over an enum.
 */
export function readFields(
  reader: TypeReader,
  node: SchemaObject,
  place: Place,
): Pick<ObjectModel, "fields" | "rest"> {
  warnOfPatterns(reader, node, place);
  const required = requiredOf(node);
  const fields = propertiesOf(node).map(([name, schema]) =>
    readField(reader, name, schema, required.has(name), place),
  );
  const known = new Set(fields.map((field) => field.name));
  const keys = keysOf(reader, node);
  const unnamed = [...new Set([...keys, ...required])].filter((name) => !known.has(name));
  const rest = restOf(node);
  const values = unnamed.length > 0 || (rest !== undefined && rest !== false);
  const type = values ? reader.read(rest, valuesAt(place)) : undefined;
  for (const name of unnamed) {
    const texts = { description: undefined, deprecated: false, default: undefined };
    fields.push({ name, ...texts, type: type!, required: required.has(name) });
  }
  const hasRest = rest !== undefined && rest !== false && keys.length === 0;
  return { fields, rest: hasRest ? type : undefined };
}

function warnOfPatterns(reader: TypeReader, node: SchemaObject, place: Place): void {
  if (!hasPatterns(node)) return;
  const problem = "clients accept any value for the keys that patternProperties describes";
  reader.warn(place, problem, "use a map if the values of all other keys have one type");
}

/** Reads an object whose values all have one type. */
export function readMap(reader: TypeReader, node: SchemaObject, place: Place): Type {
  warnOfPatterns(reader, node, place);
  const keys = keysOf(reader, node).length
    ? reader.read(node["propertyNames"], inside(place, `${place.path}{key}`, "key"))
    : undefined;
  const values = reader.read(restOf(node), valuesAt(place));
  return { kind: "map", keys: keys?.kind === "model" ? keys.model : undefined, values };
}

/** The keys that an object can have; an empty list if it can have any. */
function keysOf(reader: TypeReader, node: SchemaObject): string[] {
  const names = node["propertyNames"];
  if (names === undefined) return [];
  const keys = constantsIn(names, (schema) => reader.peek(schema));
  return keys.every((key) => typeof key === "string") ? keys : [];
}

function valuesAt(place: Place): Place {
  return inside(place, `${place.path}{}`, "value");
}

function readField(
  reader: TypeReader,
  name: string,
  schema: JsonSchema,
  required: boolean,
  owner: Place,
): Field {
  const type = reader.read(schema, inside(owner, `${owner.path}.${name}`, name));
  const annotation = (keyword: string) => annotationOf(reader, schema, keyword);
  return {
    name,
    type,
    required,
    description: fieldText(reader, schema, type),
    deprecated: annotation("deprecated") === true,
    default:
      reader.isInput && !required ? (annotation("default") as JsonValue | undefined) : undefined,
  };
}

/** The description of a field; a model keeps its own. */
function fieldText(reader: TypeReader, schema: JsonSchema, type: Type): string | undefined {
  if (!isObject(schema)) return undefined;
  const own = textOf(schema, "description");
  const isModel = (type.kind === "nullable" ? type.type : type).kind === "model";
  if (isModel) return schema["type"] === "object" ? undefined : own;
  return own ?? textOf(reader.peek(schema) ?? {}, "description");
}

/** An annotation of a schema or of what its `$ref` refers to. */
function annotationOf(reader: TypeReader, schema: JsonSchema, keyword: string): unknown {
  if (!isObject(schema)) return undefined;
  return keyword in schema ? schema[keyword] : reader.peek(schema)?.[keyword];
}
