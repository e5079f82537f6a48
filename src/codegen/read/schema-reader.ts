import type { JsonSchema } from "../../protocol/index.js";
import { isMap, jsonKindOf, partsOf, withoutNull } from "./alternatives.js";
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
import { formatOf, textOf, valuesOf } from "./json-schema.js";
import { readFields, readMap } from "./object-reader.js";
import { keyOf, placeOf, type Place } from "./place.js";
import { Refusal, SchemaResolver, type Target } from "./schema-resolver.js";
import type { TypeReader } from "./type-reader.js";
import { leavesOf, readUnion } from "./union-reader.js";

/** Receives the results of a {@link SchemaReader}. */
export interface ReaderSink {
  readonly problems: ContractProblem[];
  readonly warnings: ContractProblem[];
  /**
   * Adds a model. Its name, and the names in it, are keys (`keyOf`) until all models are known;
   * `name` is its preferred name, `owner` the key of the schema or named model that contains it.
   */
  define(model: Model, name: string, owner: string): void;
}

const UNKNOWN: Type = { kind: "unknown" };

/** The maximum depth of arrays, maps and unions without an object in between. */
const MAX_DEPTH = 500;

/** A schema that is being read or was read. */
interface Reading {
  readonly place: Place;
  /** `undefined` while it is being read. */
  type: Type | undefined;
  /** Whether the schema refers to itself. */
  isRecursive: boolean;
}

/** Reads one schema into models: the params or the result of a method, or an error's details. */
export class SchemaReader implements TypeReader {
  readonly #root: JsonSchema;
  readonly #resolver: SchemaResolver;
  readonly #sink: ReaderSink;
  readonly isInput: boolean;
  /** By owner: models below owners of different names get different names. */
  readonly #readings = new Map<string, Map<SchemaObject, Reading>>();
  /** Fields are read later, which limits the depth of recursion. */
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
   * @param name the name of its model if the schema has none
   * @param owner the key of the schema, unique in the contract
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
   * The type of a reference to a schema from inside it. The name of a union excludes null; any other
   * name is for the whole type.
   */
  #innerType(node: SchemaObject, reading: Reading): Type {
    reading.isRecursive = true;
    const leaves = leavesOf(partsOf(node), (schema) => this.peek(schema), new Set([node]));
    const others = leaves.filter((leaf) => jsonKindOf(leaf.node) !== "null");
    const type: Type = { kind: "model", model: keyOf(reading.place) };
    return others.length > 1 && others.length < leaves.length ? nullableOf(type) : type;
  }

  /** Defines an alias for a type that has or needs a name and is not the model of that name. */
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

  /** `{ type: object }` as params or result has no fields; anywhere else it is a map. */
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

  /** The same problem at the same place in the params and the result of a method is listed once. */
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
