import type { RPCError } from "../../protocol/rpc-error.js";

/** A value of an enum or of a discriminator. */
export type Literal = string | number | boolean;

/** The types of a union by the JSON type that selects them. */
export type JsonKind = "string" | "number" | "boolean" | "array" | "object";

/**
 * A type as generated clients carry it. A text is a primitive (`string`, `integer`, `number`,
 * `boolean`, `null`, `unknown`), a format (`int64`, `date-time`, …) or, when it begins with an
 * upper-case letter, the name of a model.
 */
export type TypeSchema = string | TypeNode;

/**
 * A type that consists of others: has the keys of one of the groups below. One without any of them
 * is an object without known fields.
 */
export interface TypeNode {
  /** A list: the type of its items. */
  readonly array?: TypeSchema;

  /** A list whose places have types of their own; `rest` is the type of what may follow. */
  readonly tuple?: readonly TypeSchema[];

  /** An object with keys of any name: the type of its values. */
  readonly map?: TypeSchema;
  /** The enum of the only keys that there may be. */
  readonly keys?: TypeSchema;

  /** The type, or null. */
  readonly nullable?: TypeSchema;

  /** One of these values. */
  readonly enum?: readonly Literal[];

  /** The fields of an object that must be there, by their names. */
  readonly required?: Readonly<Record<string, TypeSchema>>;
  /** The fields of an object that may be there, by their names. */
  readonly optional?: Readonly<Record<string, TypeSchema>>;
  /** The type of the values under all other keys; without it they may be anything. */
  readonly rest?: TypeSchema;

  /** A union whose types differ in their JSON type. */
  readonly kinds?: Readonly<Partial<Record<JsonKind, TypeSchema>>>;

  /** A union whose types must be tried in their order. */
  readonly anyOf?: readonly TypeSchema[];

  /** A union of objects: the field that tells them apart. */
  readonly tag?: string;
  /** Each type with the values of the field that select it. */
  readonly variants?: readonly (readonly [type: TypeSchema, ...tags: Literal[]])[];
  /** Whether the field may have other values as well: see {@link UnknownVariant}. */
  readonly open?: true;
}

/** What a generated client knows of its API. */
export interface ApiSchemas {
  /** By their names on the wire. */
  readonly methods: Readonly<Record<string, MethodSchema>>;
  /** By their names in the contract, as far as types refer to them by name. */
  readonly models: Readonly<Record<string, TypeSchema>>;
  /** What methods declare that they fail with, by name. */
  readonly errors: Readonly<Record<string, ErrorSchema>>;
}

/** The types of a method. */
export interface MethodSchema {
  /** None for a method without params. */
  readonly params?: TypeSchema;
  /** None for a method without a result. */
  readonly result?: TypeSchema;
  /** The names of the errors that it declares. */
  readonly errors?: readonly string[];
}

/** An error that methods declare. */
export interface ErrorSchema {
  readonly code: number;
  /** The type of its details; none for an error without them. */
  readonly details?: TypeSchema;
  readonly type: new (message: string, details: never) => RPCError;
}
