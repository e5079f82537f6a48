import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import type { JsonSchema, ValidationIssue } from "../protocol/index.js";

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
  const outcome = await schema["~standard"].validate(value);
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
 * Unless told otherwise, ArkType lets anything stand for what JSON does not have, a `Date` for
 * example. Zod throws of its own accord. Libraries ignore the options of others.
 *
 * See https://arktype.io/docs/configuration#tojsonschema
 */
const LIBRARY_OPTIONS = {
  fallback: { date: refuse, domain: refuse, proto: refuse, symbolKey: refuse, unit: refuse },
};

/** What ArkType says of the part of a schema that is no JSON: which of them is there depends on it. */
interface NoJson {
  code: string;
  domain?: string;
  proto?: { name: string };
  unit?: unknown;
}

function refuse(part: NoJson): never {
  const unit = part.code === "unit" ? String(part.unit) : undefined;
  const what = part.domain ?? part.proto?.name ?? unit ?? part.code;
  throw new TypeError(`${what} cannot be represented in JSON Schema`);
}

/**
 * The JSON Schema (2020-12) of what goes into a schema or of what comes out of it.
 *
 * @throws whatever the library throws for a schema that JSON Schema cannot express.
 */
export function jsonSchema(schema: Schema, io: "input" | "output"): JsonSchema {
  const options = { target: "draft-2020-12", libraryOptions: LIBRARY_OPTIONS } as const;
  const text = schema["~standard"].jsonSchema[io](options);
  const { $schema: _dialect, ...rest } = text;
  return rest;
}

function pathKey(segment: PropertyKey | StandardSchemaV1.PathSegment): string | number {
  const key = typeof segment === "object" ? segment.key : segment;
  return typeof key === "symbol" ? String(key) : key;
}
