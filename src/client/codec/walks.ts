import { CHECKED, CONVERTED, isBytes } from "./formats.js";
import { Pass, type Walk } from "./pass.js";
import type { JsonKind, Literal } from "./schema.js";
import { unknownKey } from "./unknown-variant.js";

type JsonObject = Record<string, unknown>;

/** Values that are the same on the wire. */
export const primitives: Readonly<Record<string, Walk>> = {
  string: ofType("string"),
  boolean: ofType("boolean"),
  null: (value, pass) => (value === null ? value : pass.expected("null", value)),
  number: (value, pass) => (Number.isFinite(value) ? value : pass.expected("number", value)),
  integer: (value, pass) =>
    Number.isSafeInteger(value) ? value : pass.expected("safe integer", value),
  unknown: (value, pass) => (pass.encoding ? anyJson(value, pass) : value),
};

function ofType(type: "string" | "boolean"): Walk {
  return (value, pass) => (typeof value === type ? value : pass.expected(type, value));
}

/** Refuses what JSON cannot express, which would silently arrive as something else. */
function anyJson(value: unknown, pass: Pass): unknown {
  switch (typeof value) {
    case "number":
      return primitives["number"]!(value, pass);
    case "bigint":
    case "function":
    case "symbol":
      return pass.expected("JSON", value);
    case "object":
      if (Array.isArray(value)) return anyItems(value, pass);
      if (isObject(value) && typeof value["toJSON"] !== "function") return anyValues(value, pass);
  }
  return value;
}

/** Returns the walk of a format; `undefined` for an unknown one. */
export function formatWalk(format: string): Walk | undefined {
  const check = CHECKED[format];
  if (check !== undefined) {
    return (value, pass) => {
      if (typeof value !== "string") return pass.expected(format, value);
      return check(value) ? value : pass.fail(`expected ${format}`, value);
    };
  }
  const codec = CONVERTED[format];
  if (codec === undefined) return undefined;
  const { type, encode, decode } = codec;
  return (value, pass) => {
    if (pass.encoding) return encode(value) ?? pass.expected(`${type} (${format})`, value);
    if (typeof value !== "string") return pass.expected(format, value);
    return decode(value) ?? pass.fail(`expected ${format}`, value);
  };
}

export function nullableWalk(walk: Walk): Walk {
  return (value, pass) => (value === null ? value : walk(value, pass));
}

/** `rest` walks the items after `places`; without it there may be none. */
export function listWalk(places: readonly Walk[], rest: Walk | undefined): Walk {
  return (value, pass) => {
    if (!Array.isArray(value)) return pass.expected("array", value);
    const isTooLong = rest === undefined && value.length > places.length;
    if (isTooLong || value.length < places.length) {
      const least = rest === undefined ? "" : "at least ";
      return pass.fail(`expected ${least}${places.length} items, received ${value.length}`, value);
    }
    let copy: unknown[] | undefined;
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index];
      const walked = pass.inside(index, places[index] ?? rest!, item);
      if (walked !== item) (copy ??= value.slice())[index] = walked;
    }
    return copy ?? value;
  };
}

/** `keys` are the allowed keys; `undefined` for any. */
export function mapWalk(values: Walk, keys: ReadonlySet<unknown> | undefined): Walk {
  return (value, pass) => {
    if (!isObject(value)) return pass.expected("object", value);
    let copy: JsonObject | undefined;
    for (const key of Object.keys(value)) {
      if (keys?.has(key) === false) {
        pass.inside(key, unexpectedKey(keys), value);
      } else {
        copy = walkField(value, copy, key, values, pass);
      }
    }
    return copy ?? value;
  };
}

/** A field of an object and its walk. */
export interface FieldWalk {
  readonly name: string;
  readonly walk: Walk;
  readonly required: boolean;
}

/** `rest` walks the values of all other keys; without it they may be anything. */
export function objectWalk(fields: readonly FieldWalk[], rest: Walk | undefined): Walk {
  const names = new Set(fields.map((field) => field.name));
  return (value, pass) => {
    if (!isObject(value)) return pass.expected("object", value);
    let copy: JsonObject | undefined;
    for (const { name, walk, required } of fields) {
      if (valueOf(value, name) !== undefined) copy = walkField(value, copy, name, walk, pass);
      else if (required) pass.inside(name, missing, value);
    }
    if (rest !== undefined) {
      for (const key of Object.keys(value)) {
        if (!names.has(key)) copy = walkField(value, copy, key, rest, pass);
      }
    }
    return copy ?? value;
  };
}

/** Walks a field; a changed value goes into `copy`, which is created if there is none yet. */
function walkField(
  value: JsonObject,
  copy: JsonObject | undefined,
  name: string,
  walk: Walk,
  pass: Pass,
): JsonObject | undefined {
  const part = value[name];
  if (part === undefined) return copy; // JSON omits it
  const walked = pass.inside(name, walk, part);
  if (walked === part) return copy;
  // The copy already has the key, so that even "__proto__" is an own field.
  const target = copy ?? { ...value };
  target[name] = walked;
  return target;
}

const missing: Walk = (value, pass) => pass.fail("is required", value);

export function enumWalk(values: readonly Literal[]): Walk {
  const known = new Set<unknown>(values);
  return (value, pass) => (known.has(value) ? value : pass.fail(oneOf(known), value));
}

function unexpectedKey(keys: ReadonlySet<unknown>): Walk {
  return (value, pass) => pass.fail(`the key is unknown: ${oneOf(keys)}`, value);
}

function oneOf(values: Iterable<unknown>): string {
  return `expected one of ${[...values].map((value) => JSON.stringify(value)).join(", ")}`;
}

/** Chooses a walk by the JSON type of the value's wire form. */
export function kindsWalk(walks: ReadonlyMap<JsonKind, Walk>): Walk {
  const what = [...walks.keys()].join(" or ");
  return (value, pass) => {
    const walk = walks.get(jsonKindOf(value)!);
    return walk === undefined ? pass.expected(what, value) : walk(value, pass);
  };
}

function jsonKindOf(value: unknown): JsonKind | undefined {
  if (typeof value === "bigint" || isBytes(value)) return "string";
  if (Array.isArray(value)) return "array";
  if (isObject(value)) return "object";
  const type = typeof value;
  return type === "string" || type === "number" || type === "boolean" ? type : undefined;
}

/** Takes the first walk without issues. */
export function anyOfWalk(walks: readonly Walk[]): Walk {
  return (value, pass) => {
    const walked = firstMatch(walks, value, pass);
    return walked === NO_MATCH ? pass.fail("matches no type of the union", value) : walked;
  };
}

const NO_MATCH = Symbol("no match");

/**
 * An object is tried once only: types of a recursive union that are alike would otherwise double the
 * work with each level.
 */
function firstMatch(walks: readonly Walk[], value: unknown, pass: Pass): unknown {
  if (typeof value !== "object" || value === null) return tried(walks, value, pass);
  let known = pass.unions.get(walks);
  if (known === undefined) pass.unions.set(walks, (known = new Map()));
  let match = known.get(value);
  if (match === undefined) known.set(value, (match = tried(walks, value, pass)));
  return match;
}

function tried(walks: readonly Walk[], value: unknown, pass: Pass): unknown {
  for (const walk of walks) {
    const trial = new Pass(pass.encoding, pass.unions);
    const walked = walk(value, trial);
    if (trial.count === 0) return walked;
  }
  return NO_MATCH;
}

/** Chooses by the value of a field. `open`: unknown values become an `UnknownVariant`. */
export function taggedWalk(tag: string, walks: ReadonlyMap<Literal, Walk>, open: boolean): Walk {
  const key = unknownKey(tag);
  const [sample] = walks.keys();
  const wrongTag: Walk = (value, pass) => pass.fail(oneOf(walks.keys()), value);
  return (value, pass) => {
    if (!isObject(value)) return pass.expected("object", value);
    const tagValue = valueOf(value, tag);
    const walk = walks.get(tagValue as Literal);
    if (walk !== undefined) return walk(value, pass);
    const raw = valueOf(value, key);
    if (open && pass.encoding && tagValue === undefined && isObject(raw)) {
      return pass.inside(key, primitives["unknown"]!, raw);
    }
    if (open && !pass.encoding && typeof tagValue === typeof sample) {
      return { [tag]: undefined, [key]: value };
    }
    return pass.inside(tag, wrongTag, value);
  };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns the object's own value, so not the inherited one of "constructor" and the like. */
function valueOf(object: JsonObject, name: string): unknown {
  return name in Object.prototype && !Object.hasOwn(object, name) ? undefined : object[name];
}

const anyItems = listWalk([], anyJson);
const anyValues = mapWalk(anyJson, undefined);
