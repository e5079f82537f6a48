import { isObject, RPCError, type JsonSchema } from "../protocol/index.js";
import { resolveReference, subschemas, visitSchemas } from "../schema/index.js";
import type { Method } from "./method.js";
import { Mismatches } from "./mismatches.js";
import { jsonSchema } from "./print-schema.js";
import type { Methods } from "./registry.js";
import type { Schema } from "./standard-schema.js";

/** The default of `maxParamsNodes`. */
const MAX_NODES = 10_000;

/** Smaller params are cheap to validate, whatever is wrong with them. */
const SMALL = 100;

/** More mismatches than this are not left to the schema's library: it makes an issue of each. */
const MAX_MISMATCHES = 1000;

/** The limit for each allowed JSON value, counting also the types of unions that do not match. */
const MAX_ATTEMPTS_PER_NODE = 10;

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
  const maxAttempts = maxParamsNodes * MAX_ATTEMPTS_PER_NODE;
  const { count, issues, attempts } = new Mismatches(printed(schema), params, maxAttempts);
  const [first] = issues;
  if (count > MAX_MISMATCHES && first) {
    const message = `${name}: ${first.path.join(".")}: ${first.message} (and at least ${MAX_MISMATCHES} more)`;
    throw RPCError.of("invalid_params", message, { issues });
  }
  if (attempts > maxAttempts) {
    const message = `${name}: the params have too many values that match only a late type of a union, or none: send fewer`;
    throw RPCError.of("invalid_params", message, { issues });
  }
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
