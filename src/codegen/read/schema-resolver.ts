import type { JsonSchema } from "../../protocol/index.js";
import type { JsonValue } from "../model/api-model.js";
import { accepts, mergeNodes, typesOf } from "./intersection.js";
import { resolveReference, type SchemaObject } from "../../schema/index.js";
import { isObject } from "../../protocol/index.js";
import { alternativesOf, shapeKeywordsOf, UNSUPPORTED_KEYWORDS, valuesOf } from "./json-schema.js";

/**
 * A schema without `$ref` and `allOf`, with either alternatives or keywords of a type. The same
 * schema always resolves to the same node, so that recursion can be detected.
 */
export interface Target {
  readonly node: SchemaObject;
  /** The `$ref`s that were followed, in order. */
  readonly refs: readonly string[];
}

/** Why a schema has no type. */
export class Refusal {
  readonly problem: string;
  readonly fix: string;
  /** Whether the parts of the schema contradict each other. */
  readonly isClash: boolean;

  constructor(problem: string, fix: string, isClash = false) {
    this.problem = problem;
    this.fix = fix;
    this.isClash = isClash;
  }
}

/** The maximum number of variants in the intersection of unions. */
const MAX_VARIANTS = 256;

/** The maximum number of different intersections in one schema. */
const MAX_INTERSECTIONS = 10_000;

/** The maximum depth of `$ref`s and intersections without a type in between. */
const MAX_DEPTH = 500;

/** Annotations, which an intersection has from the schema that contains it. */
const ANNOTATIONS = ["id", "title", "description", "deprecated", "default"];

/** The problem of a schema that refers only to itself, and its fix. */
export const CIRCULAR = ["it refers only to itself", "give it a type or fields"] as const;

const ANYTHING: Target = { node: {}, refs: [] };

/** Follows `$ref`s and merges intersections in one schema of a contract. */
export class SchemaResolver {
  readonly #root: JsonSchema;
  readonly #known = new WeakMap<SchemaObject, Target | Refusal>();
  readonly #open = new Set<SchemaObject>();
  /** By their parts: an intersection in a recursive type contains itself. */
  readonly #intersections = new Map<string, Target | Refusal>();
  readonly #atoms = new WeakMap<SchemaObject, ReadonlySet<SchemaObject>>();
  readonly #ids = new WeakMap<SchemaObject, number>();
  #nextId = 0;

  constructor(root: JsonSchema) {
    this.#root = root;
  }

  /** The node behind a schema. */
  resolve(schema: unknown): Target | Refusal {
    if (schema === true || schema === undefined) return ANYTHING;
    if (schema === false) return new Refusal("no value is valid here", "remove it");
    if (!isObject(schema))
      return new Refusal("the schema is neither an object nor a boolean", "use a JSON Schema");
    const known = this.#known.get(schema);
    if (known !== undefined) return known;
    if (this.#open.has(schema)) return new Refusal(...CIRCULAR);
    if (this.#open.size === MAX_DEPTH) {
      return new Refusal(
        `$ref and allOf are nested more than ${MAX_DEPTH} levels deep`,
        "inline some of them",
      );
    }
    this.#open.add(schema);
    const result = this.#resolveNode(schema);
    this.#open.delete(schema);
    this.#known.set(schema, result);
    return result;
  }

  #resolveNode(schema: SchemaObject): Target | Refusal {
    for (const [keyword, fix] of UNSUPPORTED_KEYWORDS) {
      if (schema[keyword] === undefined) continue;
      return isNever(schema)
        ? new Refusal("no value is valid here", "remove it")
        : new Refusal(`the JSON Schema keyword ${keyword} is not supported`, fix);
    }
    const values = valuesOf(schema);
    if (values?.length === 0) return new Refusal("no value is valid here", "remove it");
    if (values?.some(isComposite)) return { node: schemaOfValues(values, schema), refs: [] };
    if (isPlain(schema)) return { node: schema, refs: [] };
    const parts = this.#partsOf(schema);
    return parts instanceof Refusal ? parts : this.#intersect(parts, schema);
  }

  /** The schemas that a value must match. */
  #partsOf(schema: SchemaObject): Target[] | Refusal {
    const { $ref, allOf, anyOf, oneOf, ...own } = schema;
    const parts: Target[] = [];
    if (shapeKeywordsOf(own).length > 0) parts.push({ node: own, refs: [] });
    if ($ref !== undefined) {
      const target = this.#follow($ref);
      if (target instanceof Refusal) return target;
      parts.push(target);
    }
    for (const part of Array.isArray(allOf) ? allOf : []) {
      const target = this.resolve(part);
      if (target instanceof Refusal) return target;
      parts.push(target);
    }
    for (const alternatives of [anyOf, oneOf]) {
      if (!Array.isArray(alternatives)) continue;
      if (parts.length > 0 && alternatives.every(isConstraint)) continue;
      parts.push({ node: { anyOf: alternatives }, refs: [] });
    }
    return parts;
  }

  #follow(ref: unknown): Target | Refusal {
    const schema = typeof ref === "string" ? resolveReference(this.#root, ref) : undefined;
    if (typeof ref !== "string" || schema === undefined) {
      const problem = `the $ref ${JSON.stringify(ref)} does not resolve`;
      return new Refusal(problem, "refer to a schema under #/$defs");
    }
    const target = this.resolve(schema);
    return target instanceof Refusal ? target : { node: target.node, refs: [ref, ...target.refs] };
  }

  /** The intersection of parts, with the annotations of `schema`. */
  #intersect(parts: readonly Target[], schema: SchemaObject): Target | Refusal {
    const shaped = distinctNodes(parts).filter((part) => shapeKeywordsOf(part.node).length > 0);
    const telling = shaped.filter((part) => !isImplied(part, shaped));
    const [only = parts[0] ?? ANYTHING] = telling;
    if (telling.length < 2) return only;
    const texts = pick(schema, ANNOTATIONS);
    const atoms = new Set(telling.flatMap(({ node }) => [...(this.#atoms.get(node) ?? [node])]));
    const key = `${this.#keyOf(atoms)} ${JSON.stringify(texts)}`;
    const known = this.#intersections.get(key);
    if (known !== undefined) return known;
    if (this.#intersections.size === MAX_INTERSECTIONS) {
      const fix = "use fewer of them in a recursive type, or write the types out";
      return new Refusal(
        `the schema has more than ${MAX_INTERSECTIONS} different intersections`,
        fix,
      );
    }
    const result = this.#merge(telling, texts);
    this.#intersections.set(key, result);
    if (!(result instanceof Refusal)) this.#atoms.set(result.node, atoms);
    return result;
  }

  /** A key for a set of nodes. */
  #keyOf(nodes: ReadonlySet<SchemaObject>): string {
    const ids = [...nodes].map((node) => {
      const id = this.#ids.get(node) ?? this.#nextId++;
      this.#ids.set(node, id);
      return id;
    });
    return ids.toSorted((a, b) => a - b).join();
  }

  #merge(parts: readonly Target[], texts: SchemaObject): Target | Refusal {
    if (parts.some((part) => alternativesOf(part.node) !== undefined)) {
      const alternatives = this.#distribute(parts);
      if (alternatives instanceof Refusal) return alternatives;
      return { node: { ...texts, anyOf: alternatives }, refs: [] };
    }
    const nodes = parts.map((part) => part.node);
    const merged = nodes.slice(1).reduce<SchemaObject | Refusal>((node, next) => {
      if (node instanceof Refusal) return node;
      const result = mergeNodes(node, next);
      if (!("clash" in result)) return result.node;
      const problem = `the parts of an intersection have conflicting types: ${result.clash.join(" and ")}`;
      return new Refusal(problem, "use the same type in all parts", true);
    }, nodes[0]!);
    return merged instanceof Refusal ? merged : { node: { ...merged, ...texts }, refs: [] };
  }

  /** (A | B) & C as the schemas A & C and B & C, without those that contradict themselves. */
  #distribute(parts: readonly Target[]): SchemaObject[] | Refusal {
    const fix = "use fewer unions in an intersection, or write the variants out";
    let rows: Target[][] = [[]];
    for (const part of parts) {
      const choices = this.#leavesOf(part, new Set());
      if (choices instanceof Refusal) return choices;
      if (choices.length === 0) return new Refusal(...CIRCULAR);
      rows = rows.flatMap((row) => choices.map((choice) => [...row, choice]));
      if (rows.length > MAX_VARIANTS) {
        return new Refusal(`the intersection has more than ${MAX_VARIANTS} variants`, fix);
      }
    }
    const results = rows.map((row) => this.#intersect(row, {}));
    const other = results.find((result) => result instanceof Refusal && !result.isClash);
    if (other instanceof Refusal) return other;
    const targets = results.flatMap((result) => (result instanceof Refusal ? [] : [result]));
    if (targets.length === 0) return results.find((result) => result instanceof Refusal)!;
    return targets.map((target) => this.#standIn(target));
  }

  /** The alternatives of alternatives, except those of unions in `met`. */
  #leavesOf(part: Target, met: Set<SchemaObject>): Target[] | Refusal {
    if (met.has(part.node)) return [];
    met.add(part.node);
    const leaves: Target[] = [];
    for (const alternative of alternativesOf(part.node) ?? []) {
      const target = this.resolve(alternative);
      if (target instanceof Refusal) return target;
      const inner = this.#leavesOf(target, met);
      if (inner instanceof Refusal) return inner;
      leaves.push(...inner);
    }
    return alternativesOf(part.node) === undefined ? [part] : leaves;
  }

  /** A schema that resolves to a target with its name. */
  #standIn(target: Target): SchemaObject {
    const schema = { ...target.node };
    this.#known.set(schema, target);
    return schema;
  }
}

/** Whether a schema is already a node. */
function isPlain(schema: SchemaObject): boolean {
  if (schema["$ref"] !== undefined || schema["allOf"] !== undefined) return false;
  return alternativesOf(schema) === undefined || shapeKeywordsOf(schema).length === 1;
}

/** `{ "not": {} }` accepts nothing. */
function isNever(schema: SchemaObject): boolean {
  const not = schema["not"];
  return not === true || (isObject(not) && Object.keys(not).length === 0);
}

/** Whether a schema has only `required`. */
function isConstraint(schema: unknown): boolean {
  if (!isObject(schema) || schema["$ref"] !== undefined || schema["allOf"] !== undefined)
    return false;
  return shapeKeywordsOf(schema).every((keyword) => keyword === "required");
}

/** Whether a part is only a type that another part has, too. */
function isImplied(part: Target, parts: readonly Target[]): boolean {
  const { type } = part.node;
  if (shapeKeywordsOf(part.node).join() !== "type" || typeof type !== "string") return false;
  return parts.some(
    (other) =>
      other.node !== part.node && typesOf(other.node)?.every((each) => accepts([type], each)),
  );
}

function distinctNodes(parts: readonly Target[]): Target[] {
  return [...new Map(parts.map((part) => [part.node, part])).values()];
}

function pick(node: SchemaObject, keywords: readonly string[]): SchemaObject {
  const picked = keywords.filter((keyword) => node[keyword] !== undefined);
  return Object.fromEntries(picked.map((keyword) => [keyword, node[keyword]]));
}

function isComposite(value: JsonValue): boolean {
  return typeof value === "object" && value !== null;
}

/** The schema of constants, some of which are objects or arrays. */
function schemaOfValues(values: readonly JsonValue[], schema: SchemaObject): SchemaObject {
  const texts = pick(schema, ANNOTATIONS);
  const [first = null] = values;
  if (values.length === 1) return { ...texts, ...schemaOfValue(first) };
  return { ...texts, anyOf: values.map((value) => ({ const: value })) };
}

function schemaOfValue(value: JsonValue): SchemaObject {
  if (value === null || typeof value !== "object") return { const: value };
  const isList = (values: JsonValue & object): values is readonly JsonValue[] =>
    Array.isArray(values);
  if (isList(value)) {
    const prefixItems = value.map((item) => ({ const: item }));
    return { type: "array", prefixItems, items: false, minItems: value.length };
  }
  const properties = Object.fromEntries(Object.entries(value).map(([k, v]) => [k, { const: v }]));
  const required = Object.keys(value);
  return { type: "object", properties, required, additionalProperties: false };
}
