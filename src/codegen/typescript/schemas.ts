import {
  unreachable,
  type ApiError,
  type ApiMethod,
  type ApiModel,
  type Field,
  type Model,
  type Models,
  type Type,
  type UnionModel,
  type Variant,
} from "../model/api-model.js";
import { importTypes, importValues, literal, literalKey, stringLiteral } from "./source.js";
import type { TypePrinter } from "./types.js";

/**
 * The text of `src/schemas.ts`: the API as data that the base client's codec reads
 * (src/client/codec/schema.ts), one line for each method, declared model and error.
 */
export function schemasFile(api: ApiModel, models: Models, types: TypePrinter): string {
  const printer = new SchemaPrinter(models, types);
  const declared = api.models.filter((model) => types.isDeclared(model));
  const errors = api.errors.map((error) => types.identifier(error.name)).toSorted();
  const sections = [
    section(
      "methods",
      api.methods.map(({ name, ...method }) => [
        name,
        typed(name, printer.method(method), "methods"),
      ]),
    ),
    section(
      "models",
      declared.map((model) => [model.name, printer.model(model)]),
    ),
    section(
      "errors",
      api.errors.map((error) => [error.name, printer.error(error)]),
    ),
  ];
  return `${importValues(errors, "./errors.js")}\
${importTypes(["ApiSchemas"], "./rpc/client/codec/index.js")}
/** The types of all that travels, for the codec. */
// prettier-ignore
export const schemas: ApiSchemas = {
${sections.join("")}};
`;
}

/** Writes types as the literals of {@link schemasFile}. */
class SchemaPrinter {
  readonly #models: Models;
  readonly #types: TypePrinter;

  constructor(models: Models, types: TypePrinter) {
    this.#models = models;
    this.#types = types;
  }

  method({ params, result, errors }: Omit<ApiMethod, "name">): string {
    return object([
      ["params", this.#optional(params)],
      ["result", this.#optional(result)],
      ["errors", errors.length === 0 ? undefined : list(errors.map(stringLiteral))],
    ]);
  }

  error({ name, code, details }: ApiError): string {
    return object([
      ["code", String(code)],
      ["details", this.#optional(details)],
      ["type", this.#types.identifier(name)],
    ]);
  }

  model(model: Model): string {
    switch (model.kind) {
      case "object": {
        const required = model.fields.filter((field) => this.#isChecked(field));
        const optional = model.fields.filter((field) => !this.#isChecked(field));
        return object([
          ["required", this.#fields(required)],
          ["optional", this.#fields(optional)],
          ["rest", this.#optional(model.rest)],
        ]);
      }
      case "enum":
        if (model.open) return stringLiteral(model.base);
        return object([["enum", list(model.values.map(literal))]]);
      case "union":
        return this.#union(model);
      case "alias":
        return this.#type(model.type);
      default:
        return unreachable(model);
    }
  }

  /** Whether a field must be there. Anything includes undefined, which JSON leaves out. */
  #isChecked({ required, type }: Field): boolean {
    return required && !this.#isAnything(type);
  }

  #isAnything(type: Type): boolean {
    if (type.kind !== "model") return type.kind === "unknown";
    const model = this.#models.get(type.model)!;
    return model.kind === "alias" && !model.recursive && this.#isAnything(model.type);
  }

  #fields(fields: readonly Field[]): string | undefined {
    if (fields.length === 0) return undefined;
    return object(fields.map(({ name, type }) => [name, typed(name, this.#type(type), "models")]));
  }

  #union(model: UnionModel): string {
    const { variants, ambiguous } = model;
    if (ambiguous) return object([["anyOf", list(variants.map(({ type }) => this.#type(type)))]]);
    const objects = variants.filter((variant) => variant.json === "object");
    const others = variants.filter((variant) => variant.json !== "object");
    const tagged = objects.length === 0 ? undefined : this.#objects(objects, model);
    if (others.length === 0 && tagged !== undefined) return tagged;
    const kinds = others.map(({ json, type }) => [json, this.#type(type)] as const);
    return object([["kinds", object([...kinds, ["object", tagged]])]]);
  }

  #objects(objects: readonly Variant[], { discriminator, open }: UnionModel): string {
    if (discriminator === undefined) return this.#type(objects[0]!.type);
    const variants = objects.map(({ type, tags }) =>
      list([this.#type(type), ...tags.map(literal)]),
    );
    return object([
      ["tag", stringLiteral(discriminator)],
      ["variants", list(variants)],
      ["open", open ? "true" : undefined],
    ]);
  }

  #optional(type: Type | undefined): string | undefined {
    return type && this.#type(type);
  }

  #type(type: Type): string {
    switch (type.kind) {
      case "array":
        return object([["array", this.#type(type.items)]]);
      case "tuple":
        return object([
          ["tuple", list(type.items.map((item) => this.#type(item)))],
          ["rest", this.#optional(type.rest)],
        ]);
      case "map":
        return object([
          ["map", this.#type(type.values)],
          ["keys", type.keys === undefined ? undefined : this.#keys(type.keys)],
        ]);
      case "nullable":
        return object([["nullable", this.#type(type.type)]]);
      case "model":
        return this.#reference(type.model);
      case "format":
        return stringLiteral(type.format);
      default:
        return stringLiteral(type.kind);
    }
  }

  #reference(name: string): string {
    const model = this.#models.get(name)!;
    return this.#types.isDeclared(model) ? stringLiteral(name) : this.model(model);
  }

  /** The keys of a map when there may be no others. */
  #keys(name: string): string | undefined {
    const model = this.#models.get(name)!;
    return model.kind === "enum" && model.open ? undefined : this.#reference(name);
  }
}

/** TypeScript takes the value under a key that all objects have for theirs: it is told the type. */
function typed(key: string, value: string, section: "methods" | "models"): string {
  const isInherited = key in Object.prototype && key !== "__proto__";
  return isInherited && value.startsWith("{")
    ? `${value} satisfies ApiSchemas["${section}"][string]`
    : value;
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
