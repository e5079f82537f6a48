import type { JsonSchema } from "../../protocol/index.js";
import { isMap, jsonKindOf, splitByKind, withoutNull } from "./alternatives.js";
import {
  nullableOf,
  type EnumBase,
  type EnumValue,
  type Model,
  type Origin,
  type Type,
} from "../model/api-model.js";
import { readArray } from "./array-reader.js";
import type { ContractProblem } from "../model/contract-error.js";
import { type SchemaObject } from "../../schema/index.js";
import { formatOf, alternativesOf, textOf, valuesOf } from "./json-schema.js";
import { readFields, readMap } from "./object-reader.js";
import { keyOf, placeOf, type Place } from "./place.js";
import { Refusal, SchemaResolver, type Target } from "./schema-resolver.js";
import type { TypeReader } from "./type-reader.js";
import { leavesOf, readUnion } from "./union-reader.js";

/** Who receives what a {@link SchemaReader} finds. */
export interface ReaderSink {
  readonly problems: ContractProblem[];
  readonly warnings: ContractProblem[];
  /**
   * Takes a model. Until all are known it is called by its place's `keyOf`, in its own name and in
   * what refers to it; `name` is what it wants to be called, `owner` what it is a part of.
   */
  define(model: Model, name: string, owner: string): void;
}

const UNKNOWN: Type = { kind: "unknown" };

/** How many lists, maps and unions may be nested without an object in between. */
const MAX_DEPTH = 500;

/** A schema that is being read or was read. */
interface Reading {
  readonly place: Place;
  /** `undefined` while it is being read. */
  type: Type | undefined;
  /** Whether it was met again while it was being read. */
  isRecursive: boolean;
}

/** Reads one schema of a method into models: its params, its result, or the details of an error. */
export class SchemaReader implements TypeReader {
  readonly #root: JsonSchema;
  readonly #resolver: SchemaResolver;
  readonly #sink: ReaderSink;
  readonly isInput: boolean;
  /** By owner: models below owners of different names get different names. */
  readonly #readings = new Map<string, Map<SchemaObject, Reading>>();
  /** Fields are read after what refers to their objects, so that nothing nests deeply. */
  readonly #pending: (() => void)[] = [];
  #rootOwner = "";
  #depth = 0;

  constructor(root: JsonSchema, isInput: boolean, sink: ReaderSink) {
    this.#root = root;
    this.#resolver = new SchemaResolver(root);
    this.isInput = isInput;
    this.#sink = sink;
  }

  /**
   * Reads the whole schema.
   *
   * @param name what its model is called when the author gave it no name
   * @param owner what the names in it belong to, different from that of all other schemas
   */
  readRoot(origin: Origin, name: string, owner: string): Type {
    this.#rootOwner = owner;
    const root = { key: owner, name, path: origin.path };
    const place = { ...origin, name, id: undefined, owner: root, parts: [] };
    const type = this.read(this.#root, place);
    let count = 0;
    while (count < this.#pending.length) this.#pending[count++]!();
    return type;
  }

  read(schema: unknown, at: Place): Type {
    const target = this.resolve(schema, at);
    if (target === undefined) return UNKNOWN;
    const { node } = target;
    const place = placeOf(target, at);
    const known = this.#readings.get(place.owner.key)?.get(node);
    if (known?.type !== undefined) return known.type;
    if (known !== undefined) return this.#innerType(node, known);
    if (this.#depth === MAX_DEPTH) {
      this.problem(
        place,
        `arrays, maps and unions are nested more than ${MAX_DEPTH} levels deep`,
        "add an object in between",
      );
      return UNKNOWN;
    }
    const reading: Reading = { place, type: undefined, isRecursive: false };
    this.#remember(node, reading);
    this.#depth++;
    reading.type = this.#named(this.#readNode(node, place), node, reading, place !== at);
    this.#depth--;
    return reading.type;
  }

  /**
   * What a schema is inside of itself. The name of a union is for what is not null in it; any other
   * name is for the whole type.
   */
  #innerType(node: SchemaObject, reading: Reading): Type {
    reading.isRecursive = true;
    const leaves = leavesOf(partsOf(node), (schema) => this.peek(schema), new Set([node]));
    const others = leaves.filter((leaf) => jsonKindOf(leaf.node) !== "null");
    const type: Type = { kind: "model", model: keyOf(reading.place) };
    return others.length > 1 && others.length < leaves.length ? nullableOf(type) : type;
  }

  /** The type under its name, if it has or needs one and is not the model of that name. */
  #named(type: Type, node: SchemaObject, reading: Reading, isNamed: boolean): Type {
    const { place, isRecursive } = reading;
    const inner = type.kind === "nullable" ? type.type : type;
    if (inner.kind === "model" && inner.model === keyOf(place)) return type;
    if (!isNamed && !isRecursive) return type;
    return this.define(
      { kind: "alias", type, recursive: false, ...this.header(node, place) },
      place,
    );
  }

  resolve(schema: unknown, place: Place): Target | undefined {
    const target = this.#resolver.resolve(schema);
    if (!(target instanceof Refusal)) return target;
    this.problem(place, target.problem, target.fix);
    return undefined;
  }

  peek(schema: unknown): SchemaObject | undefined {
    const target = this.#resolver.resolve(schema);
    return target instanceof Refusal ? undefined : target.node;
  }

  #readNode(node: SchemaObject, place: Place): Type {
    const { others, nullable } = withoutNull(partsOf(node));
    const [only] = others;
    if (others.length > 1 || (only !== undefined && only !== node)) {
      const type =
        others.length > 1 ? readUnion(this, node, others, place) : this.read(only, place);
      return nullable ? nullableOf(type) : type;
    }
    const kind = jsonKindOf(node);
    if (kind === "null") return { kind: "null" };
    if (valuesOf(node) !== undefined) {
      return this.defineEnum(valuesOf(node) as readonly EnumValue[], node, place);
    }
    switch (kind) {
      case "string": {
        const format = formatOf(node);
        return format === undefined ? { kind: "string" } : { kind: "format", format };
      }
      case "number":
        return { kind: node["type"] === "integer" ? "integer" : "number" };
      case "boolean":
        return { kind: "boolean" };
      case "array":
        return readArray(this, node, place);
      case "object":
        return isMap(node) && !this.#isEmptyRoot(node)
          ? readMap(this, node, place)
          : this.#readObject(node, place);
      case undefined:
        return UNKNOWN;
    }
  }

  /** As params or result, an object of which nothing is said has no fields; below it is a map. */
  #isEmptyRoot(node: SchemaObject): boolean {
    const isSilent = ["additionalProperties", "patternProperties", "propertyNames"].every(
      (keyword) => node[keyword] === undefined,
    );
    return isSilent && node === this.peek(this.#root);
  }

  #readObject(node: SchemaObject, place: Place): Type {
    this.#pending.push(() => {
      this.define(
        { kind: "object", ...readFields(this, node, place), ...this.header(node, place) },
        place,
      );
    });
    return { kind: "model", model: keyOf(place) };
  }

  defineEnum(all: readonly EnumValue[], node: SchemaObject, place: Place): Type {
    const values = [...new Set(all)];
    const base = values.every(Number.isSafeInteger) ? "integer" : (typeof values[0] as EnumBase);
    if (base === "boolean" && values.length === 2) return { kind: "boolean" };
    const model = { kind: "enum", base, values, open: false, ...this.header(node, place) } as const;
    return this.define(model, place);
  }

  header(node: SchemaObject, place: Place): Omit<Model, "kind"> {
    const { id, method, path } = place;
    return {
      name: keyOf(place),
      explicit: id !== undefined,
      description: textOf(node, "description"),
      origin: { method, path },
      input: this.isInput,
      output: !this.isInput,
    };
  }

  define(model: Model, place: Place): Type {
    this.#sink.define(model, place.name, place.owner.key);
    return { kind: "model", model: model.name };
  }

  problem(place: Place, problem: string, fix: string): void {
    this.#sink.problems.push(this.#about(place, problem, fix));
  }

  warn(place: Place, problem: string, fix: string): void {
    this.#sink.warnings.push(this.#about(place, problem, fix));
  }

  /** In params and in the result of a method, the same problem at the same place is one. */
  #about({ method, path, owner }: Place, problem: string, fix: string): ContractProblem {
    const isNamed = owner.key !== this.#rootOwner;
    const inOwner = path.slice(owner.path.length);
    const where = isNamed
      ? `${owner.key} ${inOwner}`
      : `${method} ${path.replace(/^(params|result)/, "")}`;
    return { method, path, problem, fix, where };
  }

  #remember(node: SchemaObject, reading: Reading): void {
    const { key } = reading.place.owner;
    const known = this.#readings.get(key) ?? new Map<SchemaObject, Reading>();
    this.#readings.set(key, known.set(node, reading));
  }
}

function partsOf(node: SchemaObject): readonly unknown[] {
  return alternativesOf(node) ?? splitByKind(node);
}
