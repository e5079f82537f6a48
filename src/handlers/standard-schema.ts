import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import type { ValidationIssue } from "../protocol/index.js";

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

/** Whether a value is a schema that can validate and that can give its JSON Schema. */
export function isSchema(value: unknown): value is Schema {
  const standard = (value as Partial<Schema> | null | undefined)?.["~standard"];
  return typeof standard?.validate === "function" && typeof standard.jsonSchema === "object";
}

/** What a value must be to pass the schema: what a handler may return for its result schema. */
export type SchemaInput<S extends Schema> = StandardSchemaV1.InferInput<S>;

/** What the schema makes of a value: what a handler receives for its params schema. */
export type SchemaOutput<S extends Schema> = StandardSchemaV1.InferOutput<S>;

/** Either the value that the schema made, with defaults applied, or what is wrong. */
export type Validation = { value: unknown } | { issues: ValidationIssue[] };

/** Checks a value against a schema. */
export async function validate(schema: Schema, value: unknown): Promise<Validation> {
  return validation(await schema["~standard"].validate(value));
}

function validation(outcome: StandardSchemaV1.Result<unknown>): Validation {
  if (!outcome.issues) return { value: outcome.value };
  return {
    // Array.from and not path.map: ArkType's path is a subclass of Array.
    issues: outcome.issues.map(({ message, path = [] }) => ({
      path: Array.from(path, pathKey),
      message,
    })),
  };
}

/**
 * Checks a value against a schema that answers at once. `undefined` for a schema that does not: one
 * that asks a database, for example.
 */
export function validateNow(schema: Schema, value: unknown): Validation | undefined {
  const outcome = schema["~standard"].validate(value);
  if (!(outcome instanceof Promise)) return validation(outcome);
  // Nobody waits for it.
  outcome.catch(() => undefined);
  return undefined;
}

function pathKey(segment: PropertyKey | StandardSchemaV1.PathSegment): string | number {
  const key = typeof segment === "object" ? segment.key : segment;
  return typeof key === "symbol" ? String(key) : key;
}
