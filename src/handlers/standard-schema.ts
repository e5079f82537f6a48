import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import { MAX_ISSUES, type ValidationIssue } from "../protocol/index.js";

/**
 * A schema of any library that implements Standard Schema and its JSON Schema interface: Zod 4.2
 * and newer, ArkType 2.1.28 and newer, and others.
 *
 * See https://standardschema.dev and https://standardschema.dev/json-schema
 */
export interface Schema<Input = unknown, Output = Input> {
  readonly "~standard": StandardSchemaV1.Props<Input, Output> &
    StandardJSONSchemaV1.Props<Input, Output>;
}

/** Whether a value is a schema that implements both interfaces. */
export function isSchema(value: unknown): value is Schema {
  const standard = (value as Partial<Schema> | null | undefined)?.["~standard"];
  return typeof standard?.validate === "function" && typeof standard.jsonSchema === "object";
}

/** The type that the schema accepts: what a handler returns for its result schema. */
export type SchemaInput<S extends Schema> = StandardSchemaV1.InferInput<S>;

/** The type that the schema returns: what a handler receives for its params schema. */
export type SchemaOutput<S extends Schema> = StandardSchemaV1.InferOutput<S>;

/**
 * Either the parsed value, with defaults applied, or the first issues and the number of all of them.
 */
export type Validation = { value: unknown } | { issues: ValidationIssue[]; count: number };

/** Checks a value against a schema. */
export async function validate(schema: Schema, value: unknown): Promise<Validation> {
  return validation(await schema["~standard"].validate(value));
}

function validation(outcome: StandardSchemaV1.Result<unknown>): Validation {
  if (!outcome.issues) return { value: outcome.value };
  return {
    // Array.from and not path.map: ArkType's path is a subclass of Array.
    issues: outcome.issues.slice(0, MAX_ISSUES).map(({ message, path = [] }) => ({
      path: Array.from(path, pathKey),
      message,
    })),
    count: outcome.issues.length,
  };
}

/**
 * Checks a value against a synchronous schema. Returns `undefined` if the schema is asynchronous, for
 * example because it queries a database.
 */
export function validateNow(schema: Schema, value: unknown): Validation | undefined {
  const outcome = schema["~standard"].validate(value);
  if (!(outcome instanceof Promise)) return validation(outcome);
  // Not an unhandled rejection: the outcome is not needed.
  outcome.catch(() => undefined);
  return undefined;
}

function pathKey(segment: PropertyKey | StandardSchemaV1.PathSegment): string | number {
  const key = typeof segment === "object" ? segment.key : segment;
  return typeof key === "symbol" ? String(key) : key;
}
