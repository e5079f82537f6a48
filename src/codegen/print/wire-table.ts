import {
  type Field,
  type JsonValue,
  type Model,
  type Models,
  type Type,
  type UnionModel,
  type Variant,
} from "../model/api-model.js";

/** An entry of a table; an `undefined` value omits it. */
type Entry = readonly [key: string, value: JsonValue | undefined];

/**
 * Types as tables, with which the base clients check and convert values
 * (src/client/codec/schema.ts, clients/go/rpc/wire/schemas.go).
 */
export class WireTable {
  readonly #models: Models;
  readonly #isNamed: (model: Model) => boolean;

  /** @param isNamed whether a model has its own entry; others are written inline */
  constructor(models: Models, isNamed: (model: Model) => boolean) {
    this.#models = models;
    this.#isNamed = isNamed;
  }

  type(type: Type): JsonValue {
    switch (type.kind) {
      case "array":
        return { array: this.type(type.items) };
      case "tuple":
        return tableOf([
          ["tuple", type.items.map((item) => this.type(item))],
          ["rest", this.optional(type.rest)],
        ]);
      case "map":
        return tableOf([
          ["map", this.type(type.values)],
          ["keys", type.keys === undefined ? undefined : this.#keys(type.keys)],
        ]);
      case "nullable":
        return { nullable: this.type(type.type) };
      case "model":
        return this.#reference(type.model);
      case "format":
        return type.format;
      default:
        return type.kind;
    }
  }

  optional(type: Type | undefined): JsonValue | undefined {
    return type && this.type(type);
  }

  model(model: Model): JsonValue {
    switch (model.kind) {
      case "object":
        return tableOf([
          ["required", this.#fields(model.fields.filter((field) => this.#mustBeThere(field)))],
          ["optional", this.#fields(model.fields.filter((field) => !this.#mustBeThere(field)))],
          ["rest", this.optional(model.rest)],
        ]);
      case "enum":
        return model.open ? model.base : { enum: model.values };
      case "union":
        return this.#union(model);
      case "alias":
        return this.type(model.type);
    }
  }

  /** A required field of any type can be undefined, which JSON omits. */
  #mustBeThere({ required, type }: Field): boolean {
    return required && !this.#isAnything(type);
  }

  #isAnything(type: Type): boolean {
    if (type.kind !== "model") return type.kind === "unknown";
    const model = this.#models.get(type.model)!;
    return model.kind === "alias" && !model.recursive && this.#isAnything(model.type);
  }

  #fields(fields: readonly Field[]): JsonValue | undefined {
    if (fields.length === 0) return undefined;
    return tableOf(fields.map(({ name, type }) => [name, this.type(type)]));
  }

  #union(model: UnionModel): JsonValue {
    const { variants, ambiguous } = model;
    if (ambiguous) return { anyOf: variants.map(({ type }) => this.type(type)) };
    const objects = variants.filter((variant) => variant.json === "object");
    const others = variants.filter((variant) => variant.json !== "object");
    const tagged = objects.length === 0 ? undefined : this.#objects(objects, model);
    if (others.length === 0 && tagged !== undefined) return tagged;
    const kinds = others.map(({ json, type }): Entry => [json, this.type(type)]);
    return { kinds: tableOf([...kinds, ["object", tagged]]) };
  }

  #objects(objects: readonly Variant[], { discriminator, open }: UnionModel): JsonValue {
    if (discriminator === undefined) return this.type(objects[0]!.type);
    return tableOf([
      ["tag", discriminator],
      ["variants", objects.map(({ type, tags }) => [this.type(type), ...tags])],
      ["open", open || undefined],
    ]);
  }

  #reference(name: string): JsonValue {
    const model = this.#models.get(name)!;
    return this.#isNamed(model) ? name : this.model(model);
  }

  /** The keys of a map that has no others. */
  #keys(name: string): JsonValue | undefined {
    const model = this.#models.get(name)!;
    return model.kind === "enum" && model.open ? undefined : this.#reference(name);
  }
}

/** An object of the entries with values. `__proto__` is an ordinary key. */
export function tableOf(entries: readonly Entry[]): JsonValue {
  const present = entries.filter(
    (entry): entry is readonly [string, JsonValue] => entry[1] !== undefined,
  );
  return Object.fromEntries(present);
}
