import type { JsonSchema } from "../../protocol/index.js";

type SchemaObject = Exclude<JsonSchema, boolean>;

/** The keyword that marks a part of a schema, as `z.string().meta({ sensitive: true })` writes it. */
const KEYWORD = "sensitive";

/** Keywords whose schemas describe the same value as the schema that they stand in. */
const SAME_VALUE_LISTS = ["anyOf", "oneOf", "allOf"];
const SAME_VALUE = ["then", "else"];

/**
 * Which parts of a value its schema marks as sensitive. Where the schema has alternatives, what one
 * of them marks is sensitive: a value that matches none is still logged.
 */
export class SensitiveParts {
  /** Whether the value as a whole is sensitive. */
  readonly whole: boolean;
  readonly #document: Document;
  readonly #schemas: readonly SchemaObject[];

  private constructor(document: Document, schemas: readonly SchemaObject[]) {
    this.#document = document;
    this.#schemas = expand(document.root, schemas);
    this.whole = this.#schemas.some((schema) => schema[KEYWORD] === true);
  }

  /** Reads a schema; `undefined` when it marks nothing. */
  static of(schema: JsonSchema | undefined): SensitiveParts | undefined {
    if (typeof schema !== "object") return undefined;
    // Costs nothing with the schemas that most methods have.
    if (!JSON.stringify(schema).includes(`"${KEYWORD}":true`)) return undefined;
    return new SensitiveParts({ root: schema, parts: new Map() }, [schema]);
  }

  /** The parts of a field of an object. */
  field(name: string): SensitiveParts | undefined {
    return this.#below((schema) => fieldSchemas(schema, name));
  }

  /** The parts of an element of a list. */
  element(index: number): SensitiveParts | undefined {
    return this.#below((schema) => {
      const first = schema["prefixItems"];
      const own = Array.isArray(first) ? (first[index] as unknown) : undefined;
      return own === undefined ? [schema["items"], schema["contains"]] : [own];
    });
  }

  #below(schemasOf: (schema: SchemaObject) => unknown[]): SensitiveParts | undefined {
    const schemas = this.#schemas.flatMap(schemasOf).filter(isSchemaObject);
    const [only] = schemas;
    if (only === undefined) return undefined;
    if (schemas.length > 1) return new SensitiveParts(this.#document, schemas);
    let parts = this.#document.parts.get(only);
    if (!parts) {
      parts = new SensitiveParts(this.#document, schemas);
      this.#document.parts.set(only, parts);
    }
    return parts;
  }
}

/** A schema with everything that was read of it. */
interface Document {
  readonly root: SchemaObject;
  readonly parts: Map<SchemaObject, SensitiveParts>;
}

function fieldSchemas(schema: SchemaObject, name: string): unknown[] {
  const found: unknown[] = [];
  const properties = schema["properties"];
  if (isSchemaObject(properties) && Object.hasOwn(properties, name)) found.push(properties[name]);
  const patterns = schema["patternProperties"];
  if (isSchemaObject(patterns)) {
    for (const [pattern, part] of Object.entries(patterns)) {
      if (new RegExp(pattern, "u").test(name)) found.push(part);
    }
  }
  if (found.length > 0) return found;
  return [schema["additionalProperties"], schema["unevaluatedProperties"]];
}

/** The schemas themselves, what they refer to and their alternatives. */
function expand(root: SchemaObject, schemas: readonly SchemaObject[]): SchemaObject[] {
  const all = new Set<SchemaObject>(schemas);
  // A set goes on with what is added to it meanwhile.
  for (const schema of all) {
    const same = [
      resolve(root, schema["$ref"]),
      ...SAME_VALUE.map((keyword) => schema[keyword]),
      ...SAME_VALUE_LISTS.flatMap((keyword) => schema[keyword]),
    ];
    for (const part of same) if (isSchemaObject(part)) all.add(part);
  }
  return [...all];
}

/** What a reference within the schema, as `#/$defs/Task`, stands for. */
function resolve(root: SchemaObject, reference: unknown): unknown {
  if (typeof reference !== "string" || !reference.startsWith("#")) return undefined;
  let target: unknown = root;
  for (const step of reference.split("/").slice(1)) {
    const key = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    target = isSchemaObject(target) && Object.hasOwn(target, key) ? target[key] : undefined;
  }
  return target;
}

function isSchemaObject(value: unknown): value is SchemaObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
