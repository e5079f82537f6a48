import type { SchemaObject } from "../../schema/index.js";
import type { EnumValue, Model, Type } from "../model/api-model.js";
import type { Place } from "./place.js";
import type { Target } from "./schema-resolver.js";

/** The part of the schema's reader that the readers of objects, arrays and unions use. */
export interface TypeReader {
  /** Whether the schema belongs to params. */
  readonly isInput: boolean;
  /** Reads a schema at a place. */
  read(schema: unknown, at: Place): Type;
  /** The node behind a schema; `undefined` after a problem. */
  resolve(schema: unknown, place: Place): Target | undefined;
  /** The node behind a schema; problems are not reported. */
  peek(schema: unknown): SchemaObject | undefined;
  /** Adds a model and returns the type that refers to it. */
  define(model: Model, place: Place): Type;
  /** Adds an enum of values of one JSON type and returns its type. */
  defineEnum(values: readonly EnumValue[], node: SchemaObject, place: Place): Type;
  /** The properties that all kinds of models share. */
  header(node: SchemaObject, place: Place): Omit<Model, "kind">;
  problem(place: Place, problem: string, fix: string): void;
  warn(place: Place, problem: string, fix: string): void;
}
