import type { JsonSchema } from "../protocol/index.js";
import { isMap, jsonKindOf, splitByKind, withoutNull } from "./alternatives.js";
import {
  nullableOf,
  unreachable,
  type EnumValue,
  type Field,
  type JsonValue,
  type Model,
  type Origin,
  type Type,
} from "./api-model.js";
import type { ContractProblem } from "./contract-error.js";
import {
  alternativesOf,
  hasTypedRest,
  isNode,
  propertiesOf,
  requiredOf,
  resolvePointer,
  shapeKeywordsBeside,
  textOf,
  UNSUPPORTED_KEYWORDS,
  valuesOf,
  type SchemaNode,
} from "./json-schema.js";
import { inside, placeOf, type Place, type Target } from "./place.js";
import { readUnion } from "./union-reader.js";

/** Who receives what a {@link SchemaReader} finds. */
export interface ReaderSink {
  readonly problems: ContractProblem[];
  define(model: Model): void;
}

const UNKNOWN: Type = { kind: "unknown" };

/** Reads one schema of a method, params or result, into models. */
export class SchemaReader {
  readonly #root: JsonSchema;
  readonly #input: boolean;
  readonly #sink: ReaderSink;
  /** What was read already, for recursion and for definitions that are used twice. */
  readonly #known = new Map<string, Map<SchemaNode, Type>>();
  /** What is being read: recursion that no object interrupts ends here. */
  readonly #open = new Set<SchemaNode>();
  /** Fields are read after what refers to their objects, so that nothing nests deeply. */
  readonly #pending: (() => void)[] = [];

  constructor(root: JsonSchema, input: boolean, sink: ReaderSink) {
    this.#root = root;
    this.#input = input;
    this.#sink = sink;
  }

  /** Reads the whole schema and gives the name of its model; no object is a problem. */
  readRoot(origin: Origin, name: string): string {
    const start = { ...origin, name, explicit: false, owner: name };
    const target = this.resolve(this.#root, start);
    if (target === undefined && this.#root !== true) return name; // a problem already
    if (target === undefined || !isObjectWithFields(target.node)) {
      this.problem(start, "it is no object with fields", "use an object and put this in a field");
      return name;
    }
    const place = placeOf(target, start);
    this.#remember(place, target.node, this.#readObject(target.node, place));
    for (let read = this.#pending.shift(); read !== undefined; read = this.#pending.shift()) read();
    return place.name;
  }

  /** Reads a schema below the root. */
  read(schema: unknown, at: Place): Type {
    const target = this.resolve(schema, at);
    if (target === undefined) return UNKNOWN;
    const { node } = target;
    const place = placeOf(target, at);
    const known = this.#known.get(place.owner)?.get(node);
    if (known !== undefined) return known;
    if (this.#open.has(node)) {
      const fix = "put an object with fields into the recursion";
      this.problem(place, "it contains itself without an object in between", fix);
      return UNKNOWN;
    }
    this.#open.add(node);
    const type = this.#readNode(node, place);
    this.#open.delete(node);
    this.#remember(place, node, type);
    return type;
  }

  /** Follows the `$ref`s of a schema; `undefined` for one without a type of ours. */
  resolve(schema: unknown, place: Place): Target | undefined {
    if (schema === true || schema === undefined) return undefined;
    if (!isNode(schema)) {
      this.problem(place, "no value is allowed here", "leave it out");
      return undefined;
    }
    for (const [keyword, fix] of UNSUPPORTED_KEYWORDS) {
      if (schema[keyword] === undefined) continue;
      this.problem(place, `the JSON Schema keyword ${keyword} is not supported`, fix);
      return undefined;
    }
    for (const keyword of ["$ref", "anyOf", "oneOf"]) {
      const [other] = schema[keyword] === undefined ? [] : shapeKeywordsBeside(schema, keyword);
      if (other === undefined) continue;
      this.problem(place, `${keyword} beside ${other} is not supported`, "write it as one object");
      return undefined;
    }
    const target = this.#follow(schema);
    if (target === undefined) {
      const ref = String(schema["$ref"]);
      this.problem(place, `the $ref ${ref} leads nowhere`, "refer to a schema under #/$defs");
    } else if (target.node !== schema) {
      return this.resolve(target.node, place) && target;
    }
    return target;
  }

  #follow(schema: SchemaNode): Target | undefined {
    const seen = new Set<SchemaNode>();
    let target: Target = { node: schema, ref: undefined };
    for (;;) {
      const ref = target.node["$ref"];
      if (typeof ref !== "string") return target;
      const node = resolvePointer(this.#root, ref);
      if (!isNode(node) || seen.has(node)) return undefined;
      seen.add(node);
      target = { node, ref };
    }
  }

  #readNode(node: SchemaNode, place: Place): Type {
    const { others, nullable } = withoutNull(alternativesOf(node) ?? splitByKind(node));
    const [only] = others;
    if (others.length > 1 || (only !== undefined && only !== node)) {
      const type =
        others.length > 1 ? readUnion(this, node, others, place) : this.read(only, place);
      return nullable ? nullableOf(type) : type;
    }
    const kind = jsonKindOf(node);
    if (valuesOf(node) !== undefined && kind !== "null") return this.#readEnum(node, place);
    switch (kind) {
      case "string":
        return { kind: "string" };
      case "number":
        return { kind: node["type"] === "integer" ? "integer" : "number" };
      case "boolean":
        return { kind: "boolean" };
      case "array":
        return { kind: "array", items: this.#readItems(node, place) };
      case "object":
        return isMap(node) ? this.#readMap(node, place) : this.#readObject(node, place);
      case "null":
        this.problem(place, "it is always null", "leave the field out");
        return UNKNOWN;
      case undefined:
        return UNKNOWN;
      default:
        return unreachable(kind);
    }
  }

  #readItems(node: SchemaNode, place: Place): Type {
    return this.read(node["items"], inside(place, `${place.path}[]`, "item"));
  }

  #readMap(node: SchemaNode, place: Place): Type {
    const values = node["additionalProperties"];
    return { kind: "map", values: this.read(values, inside(place, `${place.path}{}`, "value")) };
  }

  #readObject(node: SchemaNode, place: Place): Type {
    if (hasTypedRest(node)) {
      const fix = "put the other keys into a field of their own that is a map";
      this.problem(place, "it has fields and also other keys with a type", fix);
    }
    this.#pending.push(() => {
      const required = requiredOf(node);
      const fields = propertiesOf(node).map(([name, schema]) =>
        this.#readField(name, schema, required.has(name), place),
      );
      this.define({ kind: "object", fields, ...this.named(node, place) });
    });
    return { kind: "model", model: place.name };
  }

  #readField(name: string, schema: JsonSchema, required: boolean, owner: Place): Field {
    const type = this.read(schema, inside(owner, `${owner.path}.${name}`, name));
    return {
      name,
      type,
      required,
      description: this.#fieldText(schema, type),
      default: this.#input && !required ? this.#annotation(schema, "default") : undefined,
    };
  }

  /** The text for a field: a model's own description stays with the model. */
  #fieldText(schema: JsonSchema, type: Type): string | undefined {
    if (!isNode(schema)) return undefined;
    const own = textOf(schema, "description");
    const isModel = (type.kind === "nullable" ? type.type : type).kind === "model";
    if (isModel) return schema["type"] === "object" ? undefined : own;
    return own ?? textOf(this.#follow(schema)?.node ?? {}, "description");
  }

  /** An annotation of a schema or, behind its `$ref`, of what that points to. */
  #annotation(schema: unknown, keyword: string): JsonValue | undefined {
    if (!isNode(schema)) return undefined;
    const node = keyword in schema ? schema : this.#follow(schema)?.node;
    return node?.[keyword] as JsonValue | undefined;
  }

  #readEnum(node: SchemaNode, place: Place): Type {
    const kind = jsonKindOf(node);
    if (kind === "object" || kind === "array" || kind === undefined) {
      this.problem(place, "an enum has no or strange values", "use texts, numbers or booleans");
      return UNKNOWN;
    }
    return this.defineEnum(valuesOf(node) as readonly EnumValue[], node, place);
  }

  /** The type of a set of values of one JSON type. */
  defineEnum(all: readonly EnumValue[], node: SchemaNode, place: Place): Type {
    const values = [...new Set(all)];
    const base = values.every(Number.isInteger) ? "integer" : typeof values[0];
    if (base === "boolean" && values.length === 2) return { kind: "boolean" };
    this.define({
      kind: "enum",
      base: base as "string" | "integer" | "number" | "boolean",
      values,
      ...this.named(node, place),
    });
    return { kind: "model", model: place.name };
  }

  /** What every model says of itself. */
  named(
    node: SchemaNode,
    place: Place,
  ): Pick<Model, "name" | "explicit" | "description" | "origin" | "input"> {
    const { name, explicit, method, path } = place;
    const description = textOf(node, "description");
    return { name, explicit, description, origin: { method, path }, input: this.#input };
  }

  define(model: Model): void {
    this.#sink.define(model);
  }

  problem({ method, path }: Origin, problem: string, fix: string): void {
    this.#sink.problems.push({ method, path, problem, fix });
  }

  #remember(place: Place, node: SchemaNode, type: Type): void {
    const known = this.#known.get(place.owner) ?? new Map<SchemaNode, Type>();
    this.#known.set(place.owner, known.set(node, type));
  }
}

/** Here an object of which nothing is said has no fields; elsewhere it is a map. */
function isObjectWithFields(node: SchemaNode): boolean {
  if (alternativesOf(node) !== undefined || jsonKindOf(node) !== "object") return false;
  return !isMap(node) || node["additionalProperties"] === undefined;
}
