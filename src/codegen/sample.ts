import {
  unreachable,
  type EnumModel,
  type EnumValue,
  type Field,
  type Model,
  type Models,
  type ObjectModel,
  type Type,
  type UnionModel,
  type Variant,
} from "./api-model.js";

/** A value for an example, by which a language can print it in its own way. */
export type Sample =
  | { readonly kind: "scalar"; readonly value: EnumValue }
  | { readonly kind: "null" }
  | { readonly kind: "enum"; readonly model: EnumModel; readonly value: EnumValue }
  | { readonly kind: "list"; readonly type: Type; readonly items: readonly Sample[] }
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
    };

/** One property of a sample object. */
export interface SampleField {
  readonly field: Field;
  readonly value: Sample;
}

/** The shortest valid object of a model: its required fields with simple values. */
export function sampleObject(model: ObjectModel, models: Models): Sample {
  return objectOf(model, models, new Set());
}

function objectOf(model: ObjectModel, models: Models, open: ReadonlySet<string>): Sample {
  const inner = new Set([...open, model.name]);
  const fields = model.fields
    .filter((field) => field.required)
    .map((field) => ({ field, value: sampleOf(field.type, models, inner) }));
  return { kind: "object", model, fields };
}

/** `open` has the models that the sample is inside of: of those a sample never ends. */
function sampleOf(type: Type, models: Models, open: ReadonlySet<string>): Sample {
  switch (type.kind) {
    case "string":
      return { kind: "scalar", value: "text" };
    case "integer":
    case "number":
      return { kind: "scalar", value: 1 };
    case "boolean":
      return { kind: "scalar", value: true };
    case "unknown":
    case "nullable":
      return { kind: "null" };
    case "array": {
      const isModel = type.items.kind === "model" && models.get(type.items.model)?.kind !== "enum";
      const items = isModel ? [] : [sampleOf(type.items, models, open)];
      return { kind: "list", type, items };
    }
    case "map":
      return { kind: "map", type };
    case "model":
      return modelOf(models.get(type.model)!, models, open);
    default:
      return unreachable(type);
  }
}

function modelOf(model: Model, models: Models, open: ReadonlySet<string>): Sample {
  switch (model.kind) {
    case "enum":
      return { kind: "enum", model, value: model.values[0]! };
    case "object":
      return open.has(model.name) ? { kind: "null" } : objectOf(model, models, open);
    case "union": {
      const isClosed = ({ type }: Variant) => type.kind !== "model" || !open.has(type.model);
      const variant = model.variants.find(isClosed) ?? model.variants[0]!;
      return { kind: "union", model, variant, value: sampleOf(variant.type, models, open) };
    }
    default:
      return unreachable(model);
  }
}
