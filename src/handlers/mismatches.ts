import { isObject, MAX_ISSUES, type JsonSchema, type ValidationIssue } from "../protocol/index.js";
import { resolveReference } from "../schema/index.js";

/**
 * Counts the values of a wrong type and the missing fields, each of which a library makes an issue of.
 * A library tries the types of a union one after the other, and makes issues of each that fails.
 */
export class Mismatches {
  /** The first ones, except those in the types of a union: the caller may have meant another type. */
  readonly issues: ValidationIssue[] = [];
  /** How many there are; incomplete if there are too many attempts. */
  readonly count: number;
  /** How many were found, including those in a union whose later type matches. */
  attempts = 0;
  readonly #root: JsonSchema;
  readonly #maxAttempts: number;
  readonly #path: (string | number)[] = [];
  /** Counts by value and type of a union: a recursive value is not compared twice. */
  readonly #known = new Map<unknown, Map<unknown, number>>();
  #unions = 0;

  constructor(root: JsonSchema, value: unknown, maxAttempts: number) {
    this.#root = root;
    this.#maxAttempts = maxAttempts;
    this.count = this.#visit(root, value);
  }

  #visit(part: unknown, value: unknown): number {
    const schema = this.attempts > this.#maxAttempts ? undefined : this.#resolve(part);
    if (!isObject(schema)) return 0;
    const { type, anyOf, oneOf, allOf } = schema;
    const types = type === undefined ? [] : ([type].flat() as string[]);
    if (types.length > 0 && !types.some((name) => isOfType(name, value))) {
      return this.#mismatch(`expected ${types.join(" or ")}`);
    }
    if (!mayBe(schema, value)) return this.#mismatch("unexpected value");
    let count = 0;
    if (Array.isArray(value)) count += this.#visitItems(schema, value);
    else if (isObject(value)) count += this.#visitFields(schema, value);
    for (const each of Array.isArray(allOf) ? allOf : []) count += this.#visit(each, value);
    if (Array.isArray(anyOf)) count += this.#visitUnion(anyOf, value);
    if (Array.isArray(oneOf)) {
      // Libraries print a union with a discriminator as `oneOf`, and try one type.
      const tagged = oneOf.filter((option) => this.#hasTag(option, value));
      count +=
        tagged.length === 1 ? this.#visit(tagged[0], value) : this.#visitUnion(tagged, value);
    }
    return count;
  }

  #visitItems({ prefixItems, items }: Record<string, unknown>, list: readonly unknown[]): number {
    const first = Array.isArray(prefixItems) ? prefixItems : [];
    return sum(list.map((item, index) => this.#visitInner(index, first[index] ?? items, item)));
  }

  #visitFields(schema: Record<string, unknown>, object: Record<string, unknown>): number {
    const missing = requiredFields(schema).filter((name) => !Object.hasOwn(object, name));
    const counts = Object.entries(object).map(([name, value]) =>
      this.#visitInner(name, fieldSchema(schema, name), value),
    );
    return sum(missing.map((name) => this.#mismatch("is required", name))) + sum(counts);
  }

  #visitInner(key: string | number, schema: unknown, value: unknown): number {
    this.#path.push(key);
    const count = this.#visit(schema, value);
    this.#path.pop();
    return count;
  }

  #visitUnion(options: readonly unknown[], value: unknown): number {
    let total = 0;
    this.#unions++;
    const matches = options.some((option) => {
      const count = this.#visitOption(option, value);
      total += count;
      return count === 0;
    });
    this.#unions--;
    return matches ? 0 : total + this.#mismatch("matches none of the types");
  }

  #visitOption(option: unknown, value: unknown): number {
    if (typeof value !== "object" || value === null) return this.#visit(option, value);
    const schema = this.#resolve(option);
    const known = this.#known.get(value) ?? new Map<unknown, number>();
    this.#known.set(value, known);
    const count = known.get(schema) ?? this.#visit(schema, value);
    known.set(schema, count);
    return count;
  }

  /** Whether a value has the constants of an object schema. */
  #hasTag(option: unknown, value: unknown): boolean {
    const schema = this.#resolve(option);
    if (!isObject(schema) || !isObject(schema["properties"]) || !isObject(value)) return true;
    const required = requiredFields(schema);
    return Object.entries(schema["properties"]).every(
      ([name, part]) =>
        !(Object.hasOwn(value, name) || required.includes(name)) ||
        mayBe(this.#resolve(part), value[name]),
    );
  }

  #mismatch(message: string, key?: string): number {
    this.attempts++;
    if (this.#unions === 0 && this.issues.length < MAX_ISSUES) {
      const path = key === undefined ? [...this.#path] : [...this.#path, key];
      this.issues.push({ path, message });
    }
    return 1;
  }

  /** Follows references to the schema that they lead to. */
  #resolve(part: unknown): unknown {
    let schema = part;
    for (let hops = 0; isObject(schema) && "$ref" in schema && hops < 100; hops++) {
      schema = resolveReference(this.#root, schema["$ref"]);
    }
    return schema;
  }
}

function requiredFields({ required }: Record<string, unknown>): string[] {
  return Array.isArray(required) ? (required as string[]) : [];
}

function fieldSchema(schema: Record<string, unknown>, name: string): unknown {
  const { properties, patternProperties: patterns, additionalProperties } = schema;
  if (isObject(properties) && Object.hasOwn(properties, name)) return properties[name];
  if (!isObject(patterns)) return additionalProperties;
  const pattern = Object.keys(patterns).find((each) => new RegExp(each).test(name));
  return pattern === undefined ? additionalProperties : patterns[pattern];
}

/** Whether a schema's constants include a value. */
function mayBe(schema: unknown, value: unknown): boolean {
  if (!isObject(schema) || isObject(value) || Array.isArray(value)) return true;
  if ("const" in schema) return schema["const"] === value;
  return !Array.isArray(schema["enum"]) || schema["enum"].includes(value);
}

function isOfType(type: unknown, value: unknown): boolean {
  switch (type) {
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "null":
      return value === null;
    case "integer":
      return typeof value === "number";
    default:
      return typeof value === type;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
