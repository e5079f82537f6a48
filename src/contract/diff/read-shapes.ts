import { isObject, type JsonSchema } from "../../protocol/index.js";
import type { Budget } from "./budget.js";
import { definitionName, resolveReference } from "../../schema/index.js";
import {
  ANY,
  both,
  either,
  NEVER,
  OPAQUE,
  type ArrayShape,
  type Constraints,
  type ObjectShape,
  type Shape,
} from "./shape.js";

/** Keywords that are only checked for equality. */
const UNREAD = new Set(
  [
    "not if then else contains minContains maxContains contentSchema dependentSchemas",
    "dependentRequired patternProperties unevaluatedItems unevaluatedProperties",
    "$id $anchor $dynamicRef $dynamicAnchor",
  ].flatMap((line) => line.split(" ")),
);

/** Checks of keyword values; values that are schemas are not checked. */
const WELL_FORMED: Readonly<Record<string, (value: unknown) => boolean>> = {
  ...forAll("minLength maxLength minItems maxItems minProperties maxProperties", isNumber),
  ...forAll("minimum maximum exclusiveMinimum exclusiveMaximum multipleOf", isNumber),
  ...forAll("pattern format contentEncoding contentMediaType $ref", isString),
  ...forAll("properties $defs", isObject),
  ...forAll("anyOf oneOf allOf prefixItems enum", Array.isArray),
  required: (value) => Array.isArray(value) && value.every(isString),
  uniqueItems: (value) => typeof value === "boolean",
};

/** Reads the shapes of one schema and of its parts. A part always has the same shape. */
export class Shapes {
  readonly #root: JsonSchema;
  readonly #known = new Map<object, Shape>();

  readonly #budget: Budget;

  /** @param root a schema in its canonical form */
  constructor(root: JsonSchema, budget: Budget) {
    this.#root = root;
    this.#budget = budget;
  }

  /** The shape of the schema or of a part of it. */
  of(schema: unknown): Shape {
    if (schema === true) return ANY;
    if (schema === false) return NEVER;
    if (!isObject(schema)) return OPAQUE;
    const known = this.#known.get(schema);
    if (known) return known;
    // A schema that refers only to itself is opaque.
    this.#known.set(schema, OPAQUE);
    const shape = this.#read(schema);
    this.#budget.spend(sizeOf(shape));
    this.#known.set(schema, shape);
    return shape;
  }

  /** The schema that a `$ref` leads to; `undefined` for one that leads out of `$defs`. */
  target(ref: unknown): unknown {
    const isWhole = ref === "#" || definitionName(ref) !== undefined;
    return isWhole ? resolveReference(this.#root, ref) : undefined;
  }

  /** The part that a reference leads to; other parts themselves. */
  resolve(schema: unknown): unknown {
    let part = schema;
    for (const seen = new Set(); isReference(part) && !seen.has(part);) {
      seen.add(part);
      part = this.target(part["$ref"]) ?? part;
    }
    return part;
  }

  /** A list with the default of a part; empty if it has none. */
  defaultOf(schema: unknown): unknown[] {
    let part = schema;
    for (
      const seen = new Set();
      isObject(part) && !seen.has(part);
      part = this.target(part["$ref"])
    ) {
      if ("default" in part) return [part["default"]];
      seen.add(part);
    }
    return [];
  }

  #read(schema: Constraints): Shape {
    const { $defs: _definitions, default: _default, ...rest } = schema;
    const { $ref, allOf, anyOf, oneOf, ...own } = rest;
    const keywords = Object.keys(rest);
    if (keywords.length === 0) return ANY;
    if (keywords.length === 1 && isObject(own["not"]) && Object.keys(own["not"]).length === 0) {
      return NEVER;
    }
    for (const [keyword, value] of Object.entries(rest)) {
      if (UNREAD.has(keyword) || WELL_FORMED[keyword]?.(value) === false) return OPAQUE;
    }
    const all = [
      ...(Object.keys(own).length === 0 ? [] : [readType(own)]),
      ...($ref === undefined ? [] : [this.of(this.target($ref))]),
      ...((allOf as unknown[] | undefined) ?? []).map((part) => this.of(part)),
      ...[anyOf, oneOf].flatMap((variants) =>
        Array.isArray(variants) ? [either(variants.map((variant) => this.of(variant)))] : [],
      ),
    ];
    return both(all);
  }
}

/** Whether a schema has only a reference, and perhaps a default, which accepts any value. */
function isReference(schema: unknown): schema is Constraints {
  return (
    isObject(schema) &&
    "$ref" in schema &&
    Object.keys(schema).every((keyword) => ["$ref", "$defs", "default"].includes(keyword))
  );
}

function readType(schema: Constraints): Shape {
  if ("const" in schema) return readValues([schema["const"]]);
  if ("enum" in schema) return readValues(schema["enum"] as unknown[]);
  const { type } = schema;
  return either((Array.isArray(type) ? type : [type]).map((name) => readOneType(name, schema)));
}

function readOneType(type: unknown, schema: Constraints): Shape {
  switch (type) {
    case "null":
      return { ...NEVER, null: true };
    case "boolean":
      return { ...NEVER, booleans: new Set([true, false]) };
    case "string":
      return { ...NEVER, strings: { values: new Set(), types: new Set([schema]) } };
    case "number":
      return { ...NEVER, numbers: { values: new Set(), types: new Set([schema]) } };
    case "integer":
      // Also if the type is one of a list.
      return {
        ...NEVER,
        numbers: { values: new Set(), types: new Set([{ ...schema, type: "integer" }]) },
      };
    case "array":
      return { ...NEVER, arrays: new Set([readArray(schema)]) };
    case "object":
      return { ...NEVER, objects: new Set([readObject(schema)]) };
    default:
      return OPAQUE;
  }
}

function readValues(values: readonly unknown[]): Shape {
  if (values.some((value) => typeof value === "object" && value !== null)) return OPAQUE;
  return {
    ...NEVER,
    null: values.includes(null),
    booleans: new Set(values.filter((value) => typeof value === "boolean")),
    strings: { values: new Set(values.filter(isString)), types: new Set() },
    numbers: { values: new Set(values.filter(isNumber)), types: new Set() },
  };
}

function readArray(schema: Constraints): ArrayShape {
  const places = (schema["prefixItems"] ?? []) as JsonSchema[];
  return { constraints: schema, places, rest: (schema["items"] ?? true) as JsonSchema };
}

function readObject(schema: Constraints): ObjectShape {
  const rest = schema["additionalProperties"] as JsonSchema | undefined;
  const required = new Set((schema["required"] ?? []) as string[]);
  const fields = new Map(
    Object.entries((schema["properties"] ?? {}) as Record<string, JsonSchema>),
  );
  for (const name of required) if (!fields.has(name)) fields.set(name, rest ?? true);
  const keys = schema["propertyNames"] as JsonSchema | undefined;
  return { constraints: schema, fields, required, rest, keys };
}

function sizeOf({ strings, numbers, arrays, objects }: Shape): number {
  const sets = [strings.values, strings.types, numbers.values, numbers.types, arrays, objects];
  return sets.reduce<number>((sum, { size }) => sum + size, 1);
}

function forAll(
  keywords: string,
  check: (value: unknown) => boolean,
): Record<string, (value: unknown) => boolean> {
  return Object.fromEntries(keywords.split(" ").map((keyword) => [keyword, check]));
}

function isNumber(value: unknown): value is number {
  return typeof value === "number";
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}
