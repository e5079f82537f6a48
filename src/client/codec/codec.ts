import { RPCError } from "../../protocol/rpc-error.js";
import type { ValidationIssue } from "../../protocol/errors.js";
import { CONVERTED } from "./formats.js";
import { Pass, type Walk } from "./pass.js";
import type { JsonKind, TypeNode, TypeSchema } from "./schema.js";
import {
  anyOfWalk,
  enumWalk,
  formatWalk,
  kindsWalk,
  listWalk,
  mapWalk,
  nullableWalk,
  objectWalk,
  primitives,
  taggedWalk,
} from "./walks.js";

/**
 * Encodes values into their wire form, decodes them, and checks them on the way. 64-bit integers are
 * strings on the wire and `bigint` here, bytes are base64 and `Uint8Array`; other values do not change.
 */
export class Codec {
  readonly #models: Readonly<Record<string, TypeSchema>>;
  readonly #walks = new Map<TypeSchema, Walk>();
  readonly #converting = new Map<TypeSchema, boolean>();

  /** @param models the types of the models by their names */
  constructor(models: Readonly<Record<string, TypeSchema>>) {
    this.#models = models;
  }

  /**
   * Returns the wire form of a value, which itself is not modified.
   *
   * @param of what the value belongs to, for the message
   * @throws RPCError invalid_params with the issues in its details.
   */
  encode(type: TypeSchema, value: unknown, of?: string): unknown {
    return this.#run(type, value, new Pass(true), of);
  }

  /**
   * Returns the value of a wire form: the same object if nothing in it is converted. Unknown fields
   * are kept.
   *
   * @param of what the value belongs to, for the message
   * @throws RPCError invalid_result with the issues in its details.
   */
  decode(type: TypeSchema, value: unknown, of?: string): unknown {
    return this.#run(type, value, new Pass(false), of);
  }

  /** Whether values of a type can differ from their wire form. */
  converts(type: TypeSchema): boolean {
    let converts = this.#converting.get(type);
    if (converts === undefined) {
      converts = this.#reachesConversion(type, new Set());
      this.#converting.set(type, converts);
    }
    return converts;
  }

  #run(type: TypeSchema, value: unknown, pass: Pass, of: string | undefined): unknown {
    const walked = walkAll(this.#walkOf(type), value, pass);
    const { issues, count } = pass;
    if (count === 0) return walked;
    const message = (of === undefined ? "" : `${of}: `) + describe(issues[0]!, count);
    throw RPCError.of(pass.encoding ? "invalid_params" : "invalid_result", message, { issues });
  }

  #walkOf(type: TypeSchema): Walk {
    let walk = this.#walks.get(type);
    if (walk === undefined) {
      walk = typeof type === "string" ? this.#namedWalk(type) : this.#nodeWalk(type);
      this.#walks.set(type, walk);
    }
    return walk;
  }

  #namedWalk(name: string): Walk {
    const known = primitives[name] ?? formatWalk(name);
    if (known !== undefined) return known;
    // Created on first use, because models can contain themselves.
    let walk: Walk | undefined;
    return (value, pass) => (walk ??= this.#walkOf(this.#model(name)))(value, pass);
  }

  #model(name: string): TypeSchema {
    const model = this.#models[name];
    if (model === undefined) throw new TypeError(`no model ${name}`);
    return model;
  }

  #nodeWalk(node: TypeNode): Walk {
    const of = (type: TypeSchema): Walk => this.#walkOf(type);
    const rest = node.rest === undefined ? undefined : of(node.rest);
    if (node.array !== undefined) return listWalk([], of(node.array));
    if (node.tuple !== undefined) return listWalk(node.tuple.map(of), rest);
    if (node.map !== undefined) return mapWalk(of(node.map), this.#keys(node.keys));
    if (node.nullable !== undefined) return nullableWalk(of(node.nullable));
    if (node.enum !== undefined) return enumWalk(node.enum);
    if (node.anyOf !== undefined) return anyOfWalk(node.anyOf.map(of));
    if (node.kinds !== undefined) {
      const kinds = Object.entries(node.kinds) as [JsonKind, TypeSchema][];
      return kindsWalk(new Map(kinds.map(([kind, type]) => [kind, of(type)])));
    }
    if (node.variants !== undefined) {
      const walks = node.variants.flatMap(([type, ...tags]) =>
        tags.map((tag) => [tag, of(type)] as const),
      );
      return taggedWalk(node.tag ?? "", new Map(walks), node.open === true);
    }
    return objectWalk(
      [...this.#fields(node.required, true), ...this.#fields(node.optional, false)],
      rest,
    );
  }

  #fields(fields: TypeNode["required"] = {}, required: boolean) {
    return Object.entries(fields).map(([name, type]) => ({
      name,
      walk: this.#walkOf(type),
      required,
    }));
  }

  /** The allowed keys of a map; `undefined` for any. */
  #keys(type: TypeSchema | undefined): ReadonlySet<unknown> | undefined {
    const node = typeof type === "string" ? this.#model(type) : type;
    return typeof node === "object" && node.enum ? new Set(node.enum) : undefined;
  }

  #reachesConversion(type: TypeSchema, seen: Set<TypeSchema>): boolean {
    if (seen.has(type)) return false;
    seen.add(type);
    if (typeof type === "string") {
      if (type in CONVERTED) return true;
      const model = this.#models[type];
      return model !== undefined && this.#reachesConversion(model, seen);
    }
    return type.open === true || partsOf(type).some((part) => this.#reachesConversion(part, seen));
  }
}

function partsOf(node: TypeNode): TypeSchema[] {
  const { array, map, nullable, rest, tuple = [], anyOf = [], variants = [] } = node;
  return [
    ...[array, map, nullable, rest].filter((part) => part !== undefined),
    ...tuple,
    ...anyOf,
    ...variants.map(([type]) => type),
    ...[node.required, node.optional, node.kinds].flatMap((parts) => Object.values(parts ?? {})),
  ];
}

function walkAll(walk: Walk, value: unknown, pass: Pass): unknown {
  try {
    return walk(value, pass);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return pass.fail("is nested too deeply, or contains itself", value);
  }
}

function describe({ path, message }: ValidationIssue, count: number): string {
  const place = path.length > 0 ? `${path.join(".")}: ` : "";
  return `${place}${message}${count > 1 ? ` (and ${count - 1} more)` : ""}`;
}
