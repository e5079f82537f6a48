import {
  referencesIn,
  referencesOf,
  unreachable,
  type ApiModel,
  type Field,
  type JsonValue,
  type Model,
  type Models,
  type Type,
  type UnionModel,
  type Variant,
} from "../model/api-model.js";
import type { GoApi } from "./go-api.js";

type Json = JsonValue | undefined;

/**
 * The text of `schemas.json`: the types of results and of the details of errors, as the base client
 * reads them (clients/go/rpc/wire/schemas.go). One line for each method, error and model.
 */
export function schemasFile({ api, models }: GoApi): string {
  const methods = api.methods.map(({ name, result, errors }) => {
    const declared = errors.length === 0 ? undefined : errors;
    return [name, { result: result && typeSchema(result), errors: declared }] as const;
  });
  const errors = api.errors.map(({ name, details }) => {
    return [name, { details: details && typeSchema(details) }] as const;
  });
  const checked = checkedModels(api, models).map(
    (model) => [model.name, modelSchema(model)] as const,
  );
  return `{
${section("methods", methods)},
${section("errors", errors)},
${section("models", checked)}
}
`;
}

function section(name: string, entries: readonly (readonly [string, Json | object])[]): string {
  const lines = entries.map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return lines.length === 0 ? `"${name}": {}` : `"${name}": {\n${lines.join(",\n")}\n}`;
}

/** What results and details are made of, and the unions that are read by trying. */
function checkedModels(api: ApiModel, models: Models): Model[] {
  const roots = [
    ...api.methods.flatMap(({ result }) => (result === undefined ? [] : referencesIn(result))),
    ...api.errors.flatMap(({ details }) => (details === undefined ? [] : referencesIn(details))),
    ...api.models
      .filter((model) => model.kind === "union" && model.ambiguous)
      .map(({ name }) => name),
  ];
  const found = new Set<string>();
  for (let name = roots.pop(); name !== undefined; name = roots.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    roots.push(...referencesOf(models.get(name)!));
  }
  return api.models.filter(({ name }) => found.has(name));
}

function modelSchema(model: Model): Json {
  switch (model.kind) {
    case "object":
      return object([
        ["required", fieldSchemas(model.fields.filter(mustBeThere))],
        ["optional", fieldSchemas(model.fields.filter((field) => !mustBeThere(field)))],
        ["rest", model.rest && typeSchema(model.rest)],
      ]);
    case "enum":
      return model.open ? model.base : object([["enum", model.values]]);
    case "union":
      return unionSchema(model);
    case "alias":
      return typeSchema(model.type);
    default:
      return unreachable(model);
  }
}

/** A required field of anything may be undefined where the server is written in JavaScript. */
function mustBeThere({ required, type }: Field): boolean {
  return required && type.kind !== "unknown";
}

function fieldSchemas(fields: readonly Field[]): Json {
  if (fields.length === 0) return undefined;
  return object(fields.map(({ name, type }) => [name, typeSchema(type)]));
}

function unionSchema(union: UnionModel): Json {
  if (union.ambiguous)
    return object([["anyOf", union.variants.map(({ type }) => typeSchema(type))]]);
  const objects = union.variants.filter(({ json }) => json === "object");
  const others = union.variants.filter(({ json }) => json !== "object");
  const tagged = objects.length === 0 ? undefined : objectsSchema(objects, union);
  if (others.length === 0) return tagged;
  const kinds = others.map(({ json, type }) => [json, typeSchema(type)] as const);
  return object([["kinds", object([...kinds, ["object", tagged]])]]);
}

function objectsSchema(objects: readonly Variant[], { discriminator, open }: UnionModel): Json {
  if (discriminator === undefined) return typeSchema(objects[0]!.type);
  return object([
    ["tag", discriminator],
    ["variants", objects.map(({ type, tags }) => [typeSchema(type), ...tags])],
    ["open", open || undefined],
  ]);
}

function typeSchema(type: Type): JsonValue {
  switch (type.kind) {
    case "string":
    case "integer":
    case "number":
    case "boolean":
    case "null":
    case "unknown":
      return type.kind;
    case "format":
      return type.format;
    case "array":
      return { array: typeSchema(type.items) };
    case "tuple":
      return object([
        ["tuple", type.items.map(typeSchema)],
        ["rest", type.rest && typeSchema(type.rest)],
      ]);
    case "map":
      return object([
        ["map", typeSchema(type.values)],
        ["keys", type.keys],
      ]);
    case "nullable":
      return { nullable: typeSchema(type.type) };
    case "model":
      return type.model;
    default:
      return unreachable(type);
  }
}

/** An object of the entries that have a value. Keys like `__proto__` are keys as any other. */
function object(entries: readonly (readonly [string, Json])[]): JsonValue {
  const there = entries.filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
  return Object.fromEntries(there);
}
