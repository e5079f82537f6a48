import {
  unreachable,
  type AliasModel,
  type EnumModel,
  type EnumValue,
  type Field,
  type Model,
  type Models,
  type ObjectModel,
  type Type,
  type UnionModel,
  type Variant,
  type WireFormat,
} from "../model/api-model.js";
import { SAMPLE_TEXTS } from "../read/formats.js";
import { valueDepths } from "../model/value-depths.js";

/** A value for an example, by which a language can print it in its own way. */
export type Sample =
  | { readonly kind: "scalar"; readonly value: EnumValue }
  | { readonly kind: "null" }
  /** `text` is the value on the wire. */
  | { readonly kind: "format"; readonly format: WireFormat; readonly text: string }
  | { readonly kind: "enum"; readonly model: EnumModel; readonly value: EnumValue }
  | { readonly kind: "list"; readonly type: Type; readonly items: readonly Sample[] }
  | { readonly kind: "tuple"; readonly type: Type; readonly items: readonly Sample[] }
  /** An empty map. */
  | { readonly kind: "map"; readonly type: Type }
  | {
      readonly kind: "object";
      readonly model: ObjectModel;
      readonly fields: readonly SampleField[];
    }
  | {
      readonly kind: "union";
      readonly model: UnionModel;
      readonly variant: Variant;
      readonly value: Sample;
    }
  | { readonly kind: "alias"; readonly model: AliasModel; readonly value: Sample };

/** One property of a sample object. */
export interface SampleField {
  readonly field: Field;
  readonly value: Sample;
}

/** The shortest valid value of a type: objects with their required fields alone. */
export function sampleOf(type: Type, models: Models): Sample {
  return new Sampler(models).sample(type);
}

class Sampler {
  readonly #models: Models;
  readonly #depths: ReadonlyMap<string, number>;

  constructor(models: Models) {
    this.#models = models;
    this.#depths = valueDepths(models);
  }

  sample(type: Type): Sample {
    switch (type.kind) {
      case "string":
        return { kind: "scalar", value: "text" };
      case "integer":
      case "number":
        return { kind: "scalar", value: 1 };
      case "boolean":
        return { kind: "scalar", value: true };
      case "format":
        return { kind: "format", format: type.format, text: SAMPLE_TEXTS[type.format] };
      case "null":
      case "unknown":
      case "nullable":
        return { kind: "null" };
      case "array": {
        const model = type.items.kind === "model" && this.#models.get(type.items.model);
        const isDeep = model && model.kind !== "enum";
        return { kind: "list", type, items: isDeep ? [] : [this.sample(type.items)] };
      }
      case "tuple":
        return { kind: "tuple", type, items: type.items.map((item) => this.sample(item)) };
      case "map":
        return { kind: "map", type };
      case "model":
        return this.#ofModel(this.#models.get(type.model)!);
      default:
        return unreachable(type);
    }
  }

  #ofModel(model: Model): Sample {
    switch (model.kind) {
      case "enum":
        return { kind: "enum", model, value: model.values[0]! };
      case "object": {
        const required = model.fields.filter((field) => field.required);
        const fields = required.map((field) => ({ field, value: this.sample(field.type) }));
        return { kind: "object", model, fields };
      }
      case "union": {
        const variant = model.variants.toSorted((a, b) => this.#depth(a) - this.#depth(b))[0]!;
        return { kind: "union", model, variant, value: this.sample(variant.type) };
      }
      case "alias":
        return { kind: "alias", model, value: this.sample(model.type) };
      default:
        return unreachable(model);
    }
  }

  /** The shallower variant is the one that ends. */
  #depth({ type }: Variant): number {
    return type.kind === "model" ? this.#depths.get(type.model)! : -1;
  }
}
