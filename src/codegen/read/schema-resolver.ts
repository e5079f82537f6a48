import type { JsonSchema } from "../../protocol/index.js";
import { jsonKindOf } from "./alternatives.js";
import type { JsonValue } from "../model/api-model.js";
import { mergeNodes } from "./intersection.js";
import { resolveReference, type SchemaObject } from "../../schema/index.js";
import { isObject } from "../../protocol/index.js";
import { alternativesOf, shapeKeywordsOf, UNSUPPORTED_KEYWORDS, valuesOf } from "./json-schema.js";

/**
 * A schema without `$ref` and `allOf`. It has either alternatives or a shape of its own, never
 * both. The same schema always leads to the same node, so that recursion can be detected.
 */
export interface Target {
  readonly node: SchemaObject;
  /** The `$ref`s that led to it, in order. */
  readonly refs: readonly string[];
}

/** Why a schema has no type. */
export class Refusal {
  readonly problem: string;
  readonly fix: string;
  /** Whether no value can be of the schema, because its parts contradict each other. */
  readonly isClash: boolean;

  constructor(problem: string, fix: string, isClash = false) {
    this.problem = problem;
    this.fix = fix;
    this.isClash = isClash;
  }
}

/** How many variants the intersection of unions may have. */
const MAX_VARIANTS = 256;

/** How many different intersections one schema may have. */
const MAX_INTERSECTIONS = 10_000;

/** How many `$ref`s and intersections may be nested without a type in between. */
const MAX_DEPTH = 500;

/** Texts about a value, which stay with the schema whose parts are merged. */
const ANNOTATIONS = ["id", "title", "description", "deprecated", "default"];

/** The problem of a schema without an end, and what to do. */
export const CIRCULAR = ["it refers only to itself", "give it a type or fields"] as const;

const ANYTHING: Target = { node: {}, refs: [] };

/** Follows `$ref`s and merges intersections in one schema of a contract. */
export class SchemaResolver {
  readonly #root: JsonSchema;
  readonly #known = new WeakMap<SchemaObject, Target | Refusal>();
  readonly #open = new Set<SchemaObject>();
  /** By what they are made of: an intersection in a recursive type contains itself. */
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
    if (this.#open.has(schema)) {
      return new Refusal(...CIRCULAR);
    }
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

  /** What all has to hold for a value of the schema. */
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

  /** One node for several parts; `schema` has the texts about the whole. */
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

  /** A text for a set of nodes that no other set has. */
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

  /** (A | B) & C as the schemas of A & C, B & C, without those that no value can have. */
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

  /** The alternatives in the alternatives of a part. A union that was met before adds nothing. */
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

  /** A schema that resolves to a target, name included. */
  #standIn(target: Target): SchemaObject {
    const schema = { ...target.node };
    this.#known.set(schema, target);
    return schema;
  }
}

/** Whether a schema already is a node: alternatives and nothing else, or no combination. */
function isPlain(schema: SchemaObject): boolean {
  if (schema["$ref"] !== undefined || schema["allOf"] !== undefined) return false;
  return alternativesOf(schema) === undefined || shapeKeywordsOf(schema).length === 1;
}

/** `{ "not": {} }` accepts nothing. */
function isNever(schema: SchemaObject): boolean {
  const not = schema["not"];
  return not === true || (isObject(not) && Object.keys(not).length === 0);
}

/** Whether a schema only lists required properties. */
function isConstraint(schema: unknown): boolean {
  if (!isObject(schema) || schema["$ref"] !== undefined || schema["allOf"] !== undefined)
    return false;
  return shapeKeywordsOf(schema).every((keyword) => keyword === "required");
}

/** Whether a part only names the type that another part has anyway. */
function isImplied(part: Target, parts: readonly Target[]): boolean {
  const { node } = part;
  if (shapeKeywordsOf(node).join() !== "type" || typeof node["type"] !== "string") return false;
  return parts.some(
    (other) => other.node !== node && typesOf(other.node).every((type) => covers(node, type)),
  );
}

/** The types of a node without alternatives; one that no type covers when it has alternatives. */
function typesOf(node: SchemaObject): string[] {
  const values = valuesOf(node);
  if (values !== undefined) {
    return values.map((value) =>
      Number.isInteger(value) ? "integer" : (jsonKindOf({ const: value }) ?? "any"),
    );
  }
  const type = node["type"];
  const isOpen = Array.isArray(type) || alternativesOf(node) !== undefined;
  return [isOpen ? "any" : typeof type === "string" ? type : (jsonKindOf(node) ?? "any")];
}

function covers(node: SchemaObject, type: string): boolean {
  return node["type"] === type || (node["type"] === "number" && type === "integer");
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

/** The schema of constants among which there are objects or arrays. */
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
