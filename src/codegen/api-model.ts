/** Any JSON value. */
export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** What the generators print: the contract without anything of JSON Schema in it. */
export interface ApiModel {
  /** Sorted by name. */
  readonly methods: readonly ApiMethod[];
  /** Sorted by name. */
  readonly models: readonly Model[];
}

/** One method. Its params and its result are object models. */
export interface ApiMethod {
  readonly name: string;
  readonly description: string | undefined;
  /** The name of an {@link ObjectModel}. */
  readonly params: string;
  /** The name of an {@link ObjectModel}. */
  readonly result: string;
}

/** Where in the contract something stands, for messages to its author. */
export interface Origin {
  readonly method: string;
  /** Like `params.filter.tags[]`. */
  readonly path: string;
}

/** The type of a field, of an array's items or of a map's values. */
export type Type =
  | { readonly kind: "string" | "integer" | "number" | "boolean" | "unknown" }
  | { readonly kind: "array"; readonly items: Type }
  | { readonly kind: "map"; readonly values: Type }
  | { readonly kind: "nullable"; readonly type: Type }
  | { readonly kind: "model"; readonly model: string };

/** A type with a name. */
export type Model = ObjectModel | EnumModel | UnionModel;

interface NamedType {
  readonly name: string;
  /** Whether the author gave the name; otherwise it is derived from the place. */
  readonly explicit: boolean;
  readonly description: string | undefined;
  readonly origin: Origin;
  /** Whether it is part of some method's params. */
  readonly input: boolean;
}

/** An object with known fields, in the order of the contract. */
export interface ObjectModel extends NamedType {
  readonly kind: "object";
  readonly fields: readonly Field[];
}

/** One property of an {@link ObjectModel}. */
export interface Field {
  /** The property's name on the wire. */
  readonly name: string;
  readonly description: string | undefined;
  readonly type: Type;
  readonly required: boolean;
  /** What the server takes when the field is absent; only for params, never for required fields. */
  readonly default: JsonValue | undefined;
}

/** What the values of one enum have in common. */
export type EnumBase = "string" | "integer" | "number" | "boolean";

/** The value of an enum. */
export type EnumValue = string | number | boolean;

/** A closed set of values of one JSON type; a constant is an enum of one value. */
export interface EnumModel extends NamedType {
  readonly kind: "enum";
  readonly base: EnumBase;
  readonly values: readonly EnumValue[];
}

/** One of several types that can be told apart by their JSON. */
export interface UnionModel extends NamedType {
  readonly kind: "union";
  /** At most one of each JSON type, apart from objects, of which there can be several. */
  readonly variants: readonly Variant[];
  /** The property that tells several object variants apart. */
  readonly discriminator: string | undefined;
}

/** The JSON types that tell variants apart. */
export type JsonKind = "string" | "number" | "boolean" | "array" | "object";

/** One type of a {@link UnionModel}. */
export interface Variant {
  readonly json: JsonKind;
  readonly type: Type;
  /** The values of the discriminator that select this variant. */
  readonly tags: readonly EnumValue[];
}

/** The end of a `switch` over the model: a kind without a case does not compile. */
export function unreachable(value: never): never {
  throw new TypeError(`unexpected ${JSON.stringify(value)}`);
}

/** Models by their names. */
export type Models = ReadonlyMap<string, Model>;

/** The models of an API by their names. */
export function modelsByName(api: ApiModel): Models {
  return new Map(api.models.map((model) => [model.name, model]));
}

/** The object model of a method's params or result. */
export function objectModel(models: Models, name: string): ObjectModel {
  const model = models.get(name);
  if (model?.kind !== "object") throw new TypeError(`${name} is no object model`);
  return model;
}

/** The names of the models that a model mentions itself. */
export function referencesOf(model: Model): string[] {
  switch (model.kind) {
    case "object":
      return model.fields.flatMap((field) => referencesIn(field.type));
    case "union":
      return model.variants.flatMap((variant) => referencesIn(variant.type));
    case "enum":
      return [];
    default:
      return unreachable(model);
  }
}

function referencesIn(type: Type): string[] {
  switch (type.kind) {
    case "model":
      return [type.model];
    case "array":
      return referencesIn(type.items);
    case "map":
      return referencesIn(type.values);
    case "nullable":
      return referencesIn(type.type);
    case "string":
    case "integer":
    case "number":
    case "boolean":
    case "unknown":
      return [];
    default:
      return unreachable(type);
  }
}

/** The type with null in it. Anything includes null already. */
export function nullableOf(type: Type): Type {
  return type.kind === "nullable" || type.kind === "unknown" ? type : { kind: "nullable", type };
}
