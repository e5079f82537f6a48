import type { RPCError } from "../../protocol/rpc-error.js";

/** A value of an enum or of a discriminator. */
export type Literal = string | number | boolean;

/** The types of a union by the JSON type that selects them. */
export type JsonKind = "string" | "number" | "boolean" | "array" | "object";

/**
 * A type as generated clients carry it. A string is a primitive (`string`, `integer`, `number`,
 * `boolean`, `null`, `unknown`), a format (`int64`, `date-time`, …) or, if it begins with an
 * upper-case letter, the name of a model.
 */
export type TypeSchema = string | TypeNode;

/**
 * A type made of other types: it has the keys of one of the groups below. Without any of them it is
 * an object without known fields.
 */
export interface TypeNode {
  /** A list: the type of its items. */
  readonly array?: TypeSchema;

  /** A tuple: the type of each item; `rest` is the type of further items. */
  readonly tuple?: readonly TypeSchema[];

  /** A map: the type of its values. */
  readonly map?: TypeSchema;
  /** An enum of the allowed keys. */
  readonly keys?: TypeSchema;

  /** The type, or null. */
  readonly nullable?: TypeSchema;

  /** One of these values. */
  readonly enum?: readonly Literal[];

  /** The required fields of an object, by name. */
  readonly required?: Readonly<Record<string, TypeSchema>>;
  /** The optional fields of an object, by name. */
  readonly optional?: Readonly<Record<string, TypeSchema>>;
  /** The type of the values under all other keys. Default: any value. */
  readonly rest?: TypeSchema;

  /** A union whose types differ in their JSON type. */
  readonly kinds?: Readonly<Partial<Record<JsonKind, TypeSchema>>>;

  /** A union whose types must be tried in their order. */
  readonly anyOf?: readonly TypeSchema[];

  /** A union of objects: the field that distinguishes them. */
  readonly tag?: string;
  /** Each type with the values of the field that select it. */
  readonly variants?: readonly (readonly [type: TypeSchema, ...tags: Literal[]])[];
  /** Whether the field may have other values as well: see {@link UnknownVariant}. */
  readonly open?: true;
}

/** The API of a generated client. */
export interface ApiSchemas {
  /** By their names on the wire. */
  readonly methods: Readonly<Record<string, MethodSchema>>;
  /** By their names in the contract, for the models that types refer to by name. */
  readonly models: Readonly<Record<string, TypeSchema>>;
  /** The errors that methods declare, by name. */
  readonly errors: Readonly<Record<string, ErrorSchema>>;
}

/** The types of a method. */
export interface MethodSchema {
  /** Absent for a method without params. */
  readonly params?: TypeSchema;
  /** Absent for a method without a result. */
  readonly result?: TypeSchema;
  /** The names of the errors that it declares. */
  readonly errors?: readonly string[];
}

/** An error that methods declare. */
export interface ErrorSchema {
  readonly code: number;
  /** The type of its details; absent for an error without details. */
  readonly details?: TypeSchema;
  readonly type: new (message: string, details: never) => RPCError;
}
