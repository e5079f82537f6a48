import {
  isObject,
  MAX_ISSUES,
  RPCError,
  type JsonSchema,
  type ValidationIssue,
} from "../protocol/index.js";
import { resolveReference, subschemas, visitSchemas } from "../schema/index.js";
import type { Method } from "./method.js";
import { jsonSchema } from "./print-schema.js";
import type { Methods } from "./registry.js";
import type { Schema } from "./standard-schema.js";

/** The default of `maxParamsNodes`. */
const MAX_NODES = 10_000;

/** Smaller params are cheap to validate, whatever is wrong with them. */
const SMALL = 100;

/** More mismatches than this are not left to the schema's library: it makes an issue of each. */
const MAX_MISMATCHES = 1000;

/** How deep params of a schema may be that costs exponential time: 8 levels take about 60 ms. */
const MAX_AMBIGUOUS_DEPTH = 8;

/**
 * Refuses params that would take long to validate, before they are validated.
 *
 * @throws RPCError payload_too_large for too many JSON values; invalid_params for too many
 * mismatches, or values that are nested too deeply for the schema.
 */
export function checkParamsSize({ name, options }: Method, params: unknown): void {
  const { params: schema, maxParamsNodes = MAX_NODES } = options;
  if (!schema) return;
  const size = measure(params, maxParamsNodes);
  if (size.nodes > maxParamsNodes) {
    const message = `${name}: the params have more than ${maxParamsNodes} JSON values`;
    throw RPCError.of("payload_too_large", message);
  }
  if (size.depth > MAX_AMBIGUOUS_DEPTH && recursesAmbiguously(schema)) {
    const message = `${name}: the params are nested deeper than ${MAX_AMBIGUOUS_DEPTH} levels`;
    throw RPCError.of("invalid_params", message, { issues: [] });
  }
  if (size.nodes <= SMALL) return;
  const { count, issues } = mismatches(printed(schema), params);
  const [first] = issues;
  if (count <= MAX_MISMATCHES || !first) return;
  const message = `${name}: ${first.path.join(".")}: ${first.message} (and at least ${MAX_MISMATCHES} more)`;
  throw RPCError.of("invalid_params", message, { issues });
}

/** Counts the JSON values and the levels of a value; stops counting after `maxNodes`. */
function measure(value: unknown, maxNodes: number): { nodes: number; depth: number } {
  let nodes = 0;
  let depth = 0;
  const visit = (part: unknown, level: number): void => {
    nodes++;
    if (level > depth) depth = level;
    if (typeof part !== "object" || part === null) return;
    for (const inner of Array.isArray(part) ? part : Object.values(part)) {
      if (nodes > maxNodes) return;
      visit(inner, level + 1);
    }
  };
  visit(value, 0);
  return { nodes, depth };
}

const schemas = new WeakMap<Schema, JsonSchema>();

/** What a schema accepts as JSON Schema, less strict where the library converts values first. */
function printed(schema: Schema): JsonSchema {
  let json = schemas.get(schema);
  if (json === undefined) {
    try {
      json = jsonSchema(schema, "input", { unconverted: true });
    } catch {
      json = true; // Only the library knows.
    }
    schemas.set(schema, json);
  }
  return json;
}

/**
 * Counts the values of a wrong type and the missing fields, up to a few more than allowed. Unions
 * are not entered: which of their types is meant is not clear.
 */
function mismatches(root: JsonSchema, params: unknown) {
  let count = 0;
  const issues: ValidationIssue[] = [];
  const path: (string | number)[] = [];
  const mismatch = (message: string, key?: string): void => {
    count++;
    if (issues.length === MAX_ISSUES) return;
    issues.push({ path: key === undefined ? [...path] : [...path, key], message });
  };
  const inside = (key: string | number, schema: unknown, value: unknown): void => {
    path.push(key);
    visit(schema, value);
    path.pop();
  };
  const visit = (part: unknown, value: unknown): void => {
    const schema = resolved(root, part);
    if (!isObject(schema) || count > MAX_MISMATCHES) return;
    const { type, required, properties, additionalProperties, items, prefixItems } = schema;
    const types = type === undefined ? [] : ([type].flat() as string[]);
    if (types.length > 0 && !types.some((name) => isOfType(name, value))) {
      mismatch(`expected ${types.join(" or ")}`);
    } else if (Array.isArray(value)) {
      const first = Array.isArray(prefixItems) ? prefixItems : [];
      value.forEach((item, index) => inside(index, first[index] ?? items, item));
    } else if (isObject(value)) {
      const fields = isObject(properties) ? properties : {};
      for (const name of Array.isArray(required) ? (required as string[]) : []) {
        if (!Object.hasOwn(value, name)) mismatch("is required", name);
      }
      for (const [name, field] of Object.entries(value)) {
        inside(name, Object.hasOwn(fields, name) ? fields[name] : additionalProperties, field);
      }
    }
  };
  visit(root, params);
  return { count, issues };
}

/** Follows references to the schema that they lead to. */
function resolved(root: JsonSchema, part: unknown): unknown {
  let schema = part;
  for (let hops = 0; isObject(schema) && "$ref" in schema && hops < 100; hops++) {
    schema = resolveReference(root, schema["$ref"]);
  }
  return schema;
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

/** The first Zod that validates a value against each option of a union once only. */
const LINEAR_ZOD = [4, 5] as const;

const known = new WeakMap<Schema, boolean>();

/**
 * Whether validation takes time that doubles with each level of a value: an older Zod tries all
 * options of a union, and several of them contain the union again.
 */
export function recursesAmbiguously(schema: Schema): boolean {
  if (!isOldZod(schema)) return false;
  let recurses = known.get(schema);
  if (recurses === undefined) {
    recurses = hasRecursiveUnion(schema);
    known.set(schema, recurses);
  }
  return recurses;
}

/** The methods whose params take exponential time to validate. */
export function methodsThatRecurseAmbiguously(methods: Pick<Methods, "list">): string[] {
  const slow = methods
    .list()
    .filter(({ options: { params } }) => params && recursesAmbiguously(params));
  return slow.map(({ name }) => name);
}

function isOldZod(schema: Schema): boolean {
  const { _zod: zod } = schema as { _zod?: { version?: { major: number; minor: number } } };
  if (zod?.version === undefined) return false;
  const { major, minor } = zod.version;
  return major < LINEAR_ZOD[0] || (major === LINEAR_ZOD[0] && minor < LINEAR_ZOD[1]);
}

function hasRecursiveUnion(schema: Schema): boolean {
  let root: JsonSchema;
  try {
    root = jsonSchema(schema, "input");
  } catch {
    return false;
  }
  // Zod prints a discriminated union as oneOf: it tries one option only.
  return [...visitSchemas(root)].some(
    (part) =>
      Array.isArray(part["anyOf"]) &&
      part["anyOf"].filter((option) => reaches(root, option, part)).length > 1,
  );
}

/** Whether `target` is in a schema, or in a schema that it refers to. */
function reaches(root: JsonSchema, from: unknown, target: object): boolean {
  const todo = [from];
  const seen = new Set<unknown>();
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (next === target) return true;
    if (!isObject(next) || seen.has(next)) continue;
    seen.add(next);
    if ("$ref" in next) todo.push(resolveReference(root, next["$ref"]));
    for (const { keyword, schema } of subschemas(next)) if (keyword !== "$defs") todo.push(schema);
  }
  return false;
}
