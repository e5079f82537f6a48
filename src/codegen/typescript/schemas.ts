import {
  unreachable,
  type ApiError,
  type ApiMethod,
  type ApiModel,
  type Field,
  type Model,
  type Type,
  type UnionModel,
  type Variant,
} from "../api-model.js";
import { importTypes, importValues, literal, literalKey, stringLiteral } from "./source.js";
import type { TypePrinter } from "./types.js";

/**
 * The text of `src/schemas.ts`: the API as data that the base client's codec reads
 * (src/client/codec/schema.ts), one line for each method, model and error.
 */
export function schemasFile(api: ApiModel, types: TypePrinter): string {
  const errors = api.errors.map((error) => types.identifier(error.name)).toSorted();
  return `${importValues(errors, "./errors.js")}\
${importTypes(["ApiSchemas"], "./rpc/client/codec/index.js")}
/** The types of all that travels, for the codec. */
// prettier-ignore
export const schemas: ApiSchemas = {
${section(
  "methods",
  api.methods.map((method) => [method.name, methodSchema(method)]),
)}\
${section(
  "models",
  api.models.map((model) => [model.name, modelSchema(model)]),
)}\
${section(
  "errors",
  api.errors.map((error) => [error.name, errorSchema(error, types)]),
)}};
`;
}

type Entry = readonly [key: string, value: string];

function section(name: string, entries: readonly Entry[]): string {
  if (entries.length === 0) return `  ${name}: {},\n`;
  return `  ${name}: {\n${entries.map((entry) => `    ${property(entry)},\n`).join("")}  },\n`;
}

/** `undefined` leaves an entry out. */
function object(entries: readonly (readonly [key: string, value: string | undefined])[]): string {
  const present = entries.filter((entry): entry is Entry => entry[1] !== undefined);
  return present.length === 0 ? "{}" : `{ ${present.map(property).join(", ")} }`;
}

function property([key, value]: Entry): string {
  return `${literalKey(key)}: ${value}`;
}

function list(items: readonly string[]): string {
  return `[${items.join(", ")}]`;
}

function methodSchema({ params, result, errors }: ApiMethod): string {
  return object([
    ["params", optional(params)],
    ["result", optional(result)],
    ["errors", errors.length === 0 ? undefined : list(errors.map(stringLiteral))],
  ]);
}

function errorSchema({ name, code, details }: ApiError, types: TypePrinter): string {
  return object([
    ["code", String(code)],
    ["details", optional(details)],
    ["type", types.identifier(name)],
  ]);
}

function modelSchema(model: Model): string {
  switch (model.kind) {
    case "object":
      return object([
        ["required", fieldSchemas(model.fields.filter(isChecked))],
        ["optional", fieldSchemas(model.fields.filter((field) => !isChecked(field)))],
        ["rest", optional(model.rest)],
      ]);
    case "enum":
      return model.open
        ? stringLiteral(model.base)
        : object([["enum", list(model.values.map(literal))]]);
    case "union":
      return unionSchema(model);
    case "alias":
      return typeSchema(model.type);
    default:
      return unreachable(model);
  }
}

/** Whether a field must be there. Anything includes undefined, which JSON leaves out. */
function isChecked({ required, type }: Field): boolean {
  return required && type.kind !== "unknown";
}

function fieldSchemas(fields: readonly Field[]): string | undefined {
  if (fields.length === 0) return undefined;
  return object(fields.map((field) => [field.name, typeSchema(field.type)]));
}

function unionSchema(model: UnionModel): string {
  const { variants, ambiguous } = model;
  if (ambiguous) return object([["anyOf", list(variants.map(({ type }) => typeSchema(type)))]]);
  const objects = variants.filter((variant) => variant.json === "object");
  const others = variants.filter((variant) => variant.json !== "object");
  const tagged = objects.length === 0 ? undefined : objectsSchema(objects, model);
  if (others.length === 0 && tagged !== undefined) return tagged;
  const kinds = others.map(({ json, type }) => [json, typeSchema(type)] as const);
  return object([["kinds", object([...kinds, ["object", tagged]])]]);
}

function objectsSchema(objects: readonly Variant[], { discriminator, open }: UnionModel): string {
  if (discriminator === undefined) return typeSchema(objects[0]!.type);
  const variants = objects.map(({ type, tags }) => list([typeSchema(type), ...tags.map(literal)]));
  return object([
    ["tag", stringLiteral(discriminator)],
    ["variants", list(variants)],
    ["open", open ? "true" : undefined],
  ]);
}

function optional(type: Type | undefined): string | undefined {
  return type && typeSchema(type);
}

function typeSchema(type: Type): string {
  switch (type.kind) {
    case "array":
      return object([["array", typeSchema(type.items)]]);
    case "tuple":
      return object([
        ["tuple", list(type.items.map(typeSchema))],
        ["rest", optional(type.rest)],
      ]);
    case "map":
      return object([
        ["map", typeSchema(type.values)],
        ["keys", type.keys && stringLiteral(type.keys)],
      ]);
    case "nullable":
      return object([["nullable", typeSchema(type.type)]]);
    case "model":
      return stringLiteral(type.model);
    case "format":
      return stringLiteral(type.format);
    default:
      return stringLiteral(type.kind);
  }
}
