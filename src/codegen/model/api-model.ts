/** Any JSON value. */
export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** The input of the generators: the contract without JSON Schema. */
export interface ApiModel {
  /** Sorted by name. */
  readonly methods: readonly ApiMethod[];
  /** Sorted by name. */
  readonly models: readonly Model[];
  /** The models by their names. */
  readonly byName: Models;
  /** The errors that methods declare, sorted by name. */
  readonly errors: readonly ApiError[];
  readonly contract: CarriedContract;
}

/** The part of its contract that a client carries, to compare with the server's. */
export interface CarriedContract {
  readonly hash: string;
  /** The methods as JSON, one a line, so that a change of one changes one line. */
  readonly methods: readonly string[];
}

/** One method. */
export interface ApiMethod {
  readonly name: string;
  readonly description: string | undefined;
  /** Why callers should use another method, "" without a reason; `undefined` unless deprecated. */
  readonly deprecated: string | undefined;
  /** Whether a call may run twice without harm. */
  readonly idempotent: boolean;
  /** `undefined` for a method without params. */
  readonly params: Type | undefined;
  /** `undefined` for a method without a result. */
  readonly result: Type | undefined;
  /** The names of its {@link ApiError}s, sorted. */
  readonly errors: readonly string[];
}

/** An error that methods declare. No other error of the API has its code. */
export interface ApiError {
  /** Like `TaskNotFound`. */
  readonly name: string;
  /** 1000 to 1999. */
  readonly code: number;
  readonly description: string | undefined;
  /** The type of the error's details; `undefined` for an error without them. */
  readonly details: Type | undefined;
  readonly origin: Origin;
}

/** A place in the contract, for messages to its author. */
export interface Origin {
  readonly method: string;
  /** Like `params.filter.tags[]`. */
  readonly path: string;
}

/**
 * The formats of strings. On the wire each is a JSON string; each language has one codec for it.
 *
 * - `int64`, `uint64`: integers in decimal digits, which may be too large for a JSON number
 * - `decimal`: a decimal fraction, like an amount of money
 * - `base64`, `base64url`: bytes; base64 with padding, base64url without (RFC 4648)
 * - `date-time` (with an offset), `date`, `time`, `duration`: RFC 3339 and ISO 8601
 * - `uuid`: RFC 9562
 */
export type WireFormat =
  | "base64"
  | "base64url"
  | "date"
  | "date-time"
  | "decimal"
  | "duration"
  | "int64"
  | "time"
  | "uint64"
  | "uuid";

/** The type of params, of a result, of a field, of an array's items or of a map's values. */
export type Type =
  | { readonly kind: "string" | "integer" | "number" | "boolean" | "null" | "unknown" }
  | { readonly kind: "format"; readonly format: WireFormat }
  | { readonly kind: "array"; readonly items: Type }
  /** An array with a type for each of its first items, and one for further items. */
  | { readonly kind: "tuple"; readonly items: readonly Type[]; readonly rest: Type | undefined }
  /** `keys` names the string {@link EnumModel} of the keys; `undefined` for any keys. */
  | { readonly kind: "map"; readonly keys: string | undefined; readonly values: Type }
  | { readonly kind: "nullable"; readonly type: Type }
  | { readonly kind: "model"; readonly model: string };

/** A type with a name. */
export type Model = ObjectModel | EnumModel | UnionModel | AliasModel;

interface NamedType {
  readonly name: string;
  /** Whether the author chose the name; otherwise it is derived from the place. */
  readonly explicit: boolean;
  readonly description: string | undefined;
  readonly origin: Origin;
  /** Whether it is part of some method's params. */
  readonly input: boolean;
  /** Whether it is part of some method's result or of an error's details. */
  readonly output: boolean;
}

/** An object with known fields, in the order of the contract. */
export interface ObjectModel extends NamedType {
  readonly kind: "object";
  readonly fields: readonly Field[];
  /** The type of the values under all other keys; `undefined` if these are ignored. */
  readonly rest: Type | undefined;
}

/** One property of an {@link ObjectModel}. */
export interface Field {
  /** The property's name on the wire. */
  readonly name: string;
  readonly description: string | undefined;
  readonly deprecated: boolean;
  readonly type: Type;
  readonly required: boolean;
  /** The value that the server uses for an absent field; only for optional fields of params. */
  readonly default: JsonValue | undefined;
}

/** The type of an enum's values. */
export type EnumBase = "string" | "integer" | "number" | "boolean";

/** The value of an enum. */
export type EnumValue = string | number | boolean;

/** A set of values of one JSON type; a constant is an enum of one value. */
export interface EnumModel extends NamedType {
  readonly kind: "enum";
  readonly base: EnumBase;
  readonly values: readonly EnumValue[];
  /**
   * Whether a newer server may send a value that is not known here: so it is for every enum of
   * texts or numbers that is part of a result, unless it has one value or is a discriminator.
   */
  readonly open: boolean;
}

/** One of several types. It may contain itself by its name with no object in between. */
export interface UnionModel extends NamedType {
  readonly kind: "union";
  /**
   * At most one of each JSON type, apart from objects, of which there can be several with a
   * discriminator. An ambiguous union has any.
   */
  readonly variants: readonly Variant[];
  /** The property that distinguishes several object variants. */
  readonly discriminator: string | undefined;
  /**
   * Whether the variants can be told apart only by trying them in order. Then `tags` are empty
   * and there is no discriminator.
   */
  readonly ambiguous: boolean;
  /** Whether a newer server may send an object with an unknown value of the discriminator. */
  readonly open: boolean;
}

/** The JSON types that distinguish variants. */
export type JsonKind = "string" | "number" | "boolean" | "array" | "object";

/** One type of a {@link UnionModel}. */
export interface Variant {
  readonly json: JsonKind;
  readonly type: Type;
  /** The values of the discriminator that select this variant. */
  readonly tags: readonly EnumValue[];
}

/**
 * Another name for a type: one that the author chose for an array, a map, a string, …, or one that a
 * type without fields needs to contain itself.
 */
export interface AliasModel extends NamedType {
  readonly kind: "alias";
  readonly type: Type;
  /** Whether the type contains itself by this name. */
  readonly recursive: boolean;
}

/** Models by their names. */
export type Models = ReadonlyMap<string, Model>;

/** The names of the models to which a model refers directly. */
export function referencesOf(model: Model): string[] {
  switch (model.kind) {
    case "object": {
      const types = model.fields.map((field) => field.type);
      return [...types, ...(model.rest === undefined ? [] : [model.rest])].flatMap(referencesIn);
    }
    case "union":
      return model.variants.flatMap((variant) => referencesIn(variant.type));
    case "alias":
      return referencesIn(model.type);
    case "enum":
      return [];
  }
}

/** The names of the models to which a type refers directly. */
export function referencesIn(type: Type): string[] {
  return type.kind === "model"
    ? [type.model]
    : [
        ...(type.kind === "map" && type.keys !== undefined ? [type.keys] : []),
        ...innerTypes(type).flatMap(referencesIn),
      ];
}

/** The types that a type consists of. */
export function innerTypes(type: Type): readonly Type[] {
  switch (type.kind) {
    case "array":
      return [type.items];
    case "tuple":
      return type.rest === undefined ? type.items : [...type.items, type.rest];
    case "map":
      return [type.values];
    case "nullable":
      return [type.type];
    case "string":
    case "integer":
    case "number":
    case "boolean":
    case "null":
    case "unknown":
    case "format":
    case "model":
      return [];
  }
}

/** The type behind the names of aliases. */
export function behindAlias(type: Type, models: Models): Type {
  const model = type.kind === "model" ? models.get(type.model) : undefined;
  return model?.kind === "alias" ? behindAlias(model.type, models) : type;
}

/** The object model behind a type and its aliases; `undefined` for any other type. */
export function objectBehind(type: Type, models: Models): ObjectModel | undefined {
  const known = behindAlias(type, models);
  const model = known.kind === "model" ? models.get(known.model) : undefined;
  return model?.kind === "object" ? model : undefined;
}

/** The type with null in it. The unknown type already includes null. */
export function nullableOf(type: Type): Type {
  const hasNull = type.kind === "nullable" || type.kind === "null" || type.kind === "unknown";
  return hasNull ? type : { kind: "nullable", type };
}
