import { RawJson } from "./raw-json.js";

/*
 * Reads JSON as Go reads it into structs, because Centrifugo reads commands, claims and API requests
 * so: names match in any case, `null` leaves a field unchanged, a repeated member is read into the
 * same field again, an integer has neither a point nor an exponent, and a value of another type is
 * an error. `JSON.parse` with a schema would accept more than production does.
 *
 * All functions throw an error, of any class, for invalid text.
 */

/** A field of a struct: its value if there is no member, and how to read a member into it. */
export interface Field<T> {
  readonly zero: T;
  /** @param text One JSON value without space around it. */
  read(text: string, before: T): T;
}

export type Value<F> = F extends Field<infer T> ? T : never;

export const text: Field<string> = scalar("", (value) => typeof value === "string");

export const flag: Field<boolean> = scalar(false, (value) => typeof value === "boolean");

export const uint32 = integer(0n, 2n ** 32n - 1n);
export const int32 = integer(-(2n ** 31n), 2n ** 31n - 1n);
/** Above 2^53 only the size counts. */
export const int64 = integer(-(2n ** 63n), 2n ** 63n - 1n);
/** Above 2^53 only the size counts. */
export const uint64 = integer(0n, 2n ** 64n - 1n);

/** A value of any type, parsed. */
export const json: Field<unknown> = { zero: undefined, read: (value) => JSON.parse(value) };

/** A value of any type that is passed on as it is written. */
export const raw: Field<RawJson | undefined> = {
  zero: undefined,
  read: (value) => {
    JSON.parse(value);
    return new RawJson(value);
  },
};

/** A pointer in Go: `undefined` without a member and for `null`. */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  return {
    zero: undefined,
    read: (value, before = field.zero) =>
      value === "null" ? undefined : field.read(value, before),
  };
}

export function list<T>(item: Field<T>): Field<T[]> {
  return {
    zero: [],
    read: (value) =>
      value === "null" ? [] : partsOf(value, "[", "]").map((each) => item.read(each, item.zero)),
  };
}

export function map<T>(item: Field<T>): Field<ReadonlyMap<string, T>> {
  return {
    zero: new Map(),
    read: (value, before) => {
      if (value === "null") return new Map();
      const entries = membersOf(value).map(([name, member]): [string, T] => [
        name,
        item.read(member, item.zero),
      ]);
      return new Map([...before, ...entries]);
    },
  };
}

type Fields = Record<string, Field<unknown>>;
type Struct<Shape extends Fields> = { readonly [Name in keyof Shape]: Value<Shape[Name]> };

/** @param shape The fields by name, in lower case. */
export function struct<const Shape extends Fields>(shape: Shape): Field<Struct<Shape>> {
  const names = Object.keys(shape);
  const zero = Object.fromEntries(names.map((name) => [name, shape[name]!.zero]));
  const read = (value: string, before: Record<string, unknown>) => {
    if (value === "null") return before;
    const after = { ...before };
    for (const [name, member] of membersOf(value)) {
      const known = name.toLowerCase();
      if (Object.hasOwn(shape, known)) after[known] = shape[known]!.read(member, after[known]);
      else JSON.parse(member);
    }
    return after;
  };
  return { zero, read } as Field<Struct<Shape>>;
}

/** Reads the one JSON value of `document`. */
export function readJson<T>(field: Field<T>, document: string): T {
  const start = skipSpace(document, 0);
  const end = valueEnd(document, start);
  if (skipSpace(document, end) !== document.length) throw new SyntaxError("text after the value");
  return field.read(document.slice(start, end), field.zero);
}

/** Reads the JSON value that `line` starts with, and ignores what follows. */
export function readFirst<T>(field: Field<T>, line: string): T {
  const start = skipSpace(line, 0);
  return field.read(line.slice(start, valueEnd(line, start)), field.zero);
}

/** The text in base64 with padding; `undefined` for another text. */
export function decodeBase64(base64: string): string | undefined {
  const digits = base64.replace(/[\r\n]/g, "");
  const valid = digits.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(digits);
  return valid ? Buffer.from(digits, "base64").toString() : undefined;
}

function scalar<T>(zero: T, accepts: (value: unknown) => boolean): Field<T> {
  return {
    zero,
    read: (value, before) => {
      if (value === "null") return before;
      const parsed: unknown = JSON.parse(value);
      if (!accepts(parsed)) throw new TypeError(`unexpected value ${value}`);
      return parsed as T;
    },
  };
}

function integer(min: bigint, max: bigint): Field<number> {
  return {
    zero: 0,
    read: (value, before) => {
      if (value === "null") return before;
      if (!/^-?(0|[1-9]\d{0,19})$/.test(value)) throw new TypeError(`not an integer: ${value}`);
      const number = BigInt(value);
      if (number < min || number > max) throw new RangeError(`out of range: ${value}`);
      return Number(number);
    },
  };
}

/** The members of an object, with the text of each value. */
function membersOf(value: string): [name: string, member: string][] {
  return partsOf(value, "{", "}").map((part): [string, string] => {
    const nameEnd = valueEnd(part, 0);
    const colon = skipSpace(part, nameEnd);
    const name: unknown = JSON.parse(part.slice(0, nameEnd));
    if (typeof name !== "string" || part[colon] !== ":") throw new SyntaxError("no member");
    return [name, part.slice(skipSpace(part, colon + 1))];
  });
}

/** What is between the commas of an object or a list, without space around it. */
function partsOf(value: string, open: string, close: string): string[] {
  if (value[0] !== open) throw new TypeError(`expected ${open}`);
  const parts: string[] = [];
  let start = skipSpace(value, 1);
  if (value[start] === close) return parts;
  for (;;) {
    let end = valueEnd(value, start);
    const colon = skipSpace(value, end);
    if (open === "{" && value[colon] === ":") end = valueEnd(value, skipSpace(value, colon + 1));
    parts.push(value.slice(start, end));
    const next = skipSpace(value, end);
    if (value[next] === close) return parts;
    if (value[next] !== ",") throw new SyntaxError("expected a comma");
    start = skipSpace(value, next + 1);
  }
}

const STRING = /"(?:[^"\\]|\\.)*"/sy;
const WORD = /[-+.\w]+/y;
const UP_TO_BRACKET = /[^"{}[\]]*/y;
const SPACE = /[ \t\r\n]*/y;

/** Where the value that starts at `start` ends. What is inside of it is not checked. */
function valueEnd(document: string, start: number): number {
  const first = document[start];
  if (first === '"') return matchEnd(STRING, document, start);
  if (first !== "{" && first !== "[") return matchEnd(WORD, document, start);
  let depth = 0;
  let at = start;
  do {
    at = matchEnd(UP_TO_BRACKET, document, at);
    const character = document[at];
    if (character === undefined) throw new SyntaxError("unexpected end");
    if (character === '"') at = matchEnd(STRING, document, at);
    else {
      depth += character === "{" || character === "[" ? 1 : -1;
      at++;
    }
  } while (depth > 0);
  return at;
}

function skipSpace(document: string, start: number): number {
  return matchEnd(SPACE, document, start);
}

function matchEnd(pattern: RegExp, document: string, start: number): number {
  pattern.lastIndex = start;
  if (!pattern.test(document)) throw new SyntaxError(`unexpected text at ${start}`);
  return pattern.lastIndex;
}
