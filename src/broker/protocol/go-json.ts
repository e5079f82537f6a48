import { RawJson } from "./raw-json.js";

/*
 * Reads JSON the way Go reads it into structs, because Centrifugo reads commands, claims and API
 * requests that way: names match in any case, `null` leaves a field unchanged, a repeated member is
 * read into the same field again, an integer has neither a point nor an exponent, and a value of
 * another type is an error. `JSON.parse` with a schema would accept more than production does.
 *
 * All functions throw an error, of any class, for invalid text. They run in linear time, whatever
 * the nesting, because clients send commands before they authenticate.
 */

/** A field of a struct: its value if the member is missing, and how to read a member into it. */
export interface Field<T> {
  readonly zero: T;
  /** Reads the next value of the input. */
  read(input: JsonInput, before: T): T;
}

export type Value<F> = F extends Field<infer T> ? T : never;

export const text: Field<string> = scalar("", (value) => typeof value === "string");

export const flag: Field<boolean> = scalar(false, (value) => typeof value === "boolean");

export const uint32 = integer(0n, 2n ** 32n - 1n);
export const int32 = integer(-(2n ** 31n), 2n ** 31n - 1n);
/** Rounded above 2^53. */
export const int64 = integer(-(2n ** 63n), 2n ** 63n - 1n);
/** Rounded above 2^53. */
export const uint64 = integer(0n, 2n ** 64n - 1n);

/** A value of any type, parsed. */
export const json: Field<unknown> = { zero: undefined, read: (input) => JSON.parse(input.take()) };

/** A value of any type that is passed on as it is written. */
export const raw: Field<RawJson | undefined> = {
  zero: undefined,
  read: (input) => {
    const value = input.take();
    JSON.parse(value);
    return new RawJson(value);
  },
};

/** A pointer in Go: `undefined` for a missing member and for `null`. */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  return {
    zero: undefined,
    read: (input, before = field.zero) =>
      input.takeNull() ? undefined : field.read(input, before),
  };
}

export function list<T>(item: Field<T>): Field<T[]> {
  return {
    zero: [],
    read: (input) => {
      const items: T[] = [];
      if (!input.takeNull()) input.takeList(() => items.push(item.read(input, item.zero)));
      return items;
    },
  };
}

export function map<T>(item: Field<T>): Field<ReadonlyMap<string, T>> {
  const zero = new Map<string, T>();
  return {
    zero,
    read: (input, before) => {
      if (input.takeNull()) return zero;
      // A map that a previous member made is extended: copying it each time would be quadratic.
      const entries = before === zero ? new Map<string, T>() : (before as Map<string, T>);
      input.takeObject((name) => entries.set(name, item.read(input, item.zero)));
      return entries;
    },
  };
}

type Fields = Record<string, Field<unknown>>;
type Struct<Shape extends Fields> = { readonly [Name in keyof Shape]: Value<Shape[Name]> };

/** @param shape The fields by name, in lower case. */
export function struct<const Shape extends Fields>(shape: Shape): Field<Struct<Shape>> {
  const names = Object.keys(shape);
  const zero = Object.fromEntries(names.map((name) => [name, shape[name]!.zero]));
  const read = (input: JsonInput, before: Record<string, unknown>) => {
    if (input.takeNull()) return before;
    const after = { ...before };
    input.takeObject((name) => {
      const known = name.toLowerCase();
      if (Object.hasOwn(shape, known)) after[known] = shape[known]!.read(input, after[known]);
      else JSON.parse(input.take());
    });
    return after;
  };
  return { zero, read } as Field<Struct<Shape>>;
}

/** Reads the one JSON value of `document`. */
export function readJson<T>(field: Field<T>, document: string): T {
  const input = new JsonInput(document);
  const value = field.read(input, field.zero);
  if (!input.isAtEnd) throw new SyntaxError("text after the value");
  return value;
}

/** Reads the JSON value that `line` starts with, and ignores what follows. */
export function readFirst<T>(field: Field<T>, line: string): T {
  return field.read(new JsonInput(line), field.zero);
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
    read: (input, before) => {
      if (input.takeNull()) return before;
      const value: unknown = JSON.parse(input.take());
      if (!accepts(value)) throw new TypeError("unexpected type");
      return value as T;
    },
  };
}

function integer(min: bigint, max: bigint): Field<number> {
  const digits = min < 0n ? /^-?(0|[1-9]\d{0,19})$/ : /^(0|[1-9]\d{0,19})$/;
  return {
    zero: 0,
    read: (input, before) => {
      if (input.takeNull()) return before;
      const value = input.take();
      if (!digits.test(value)) throw new TypeError("not an integer");
      const number = BigInt(value);
      if (number < min || number > max) throw new RangeError(`out of range: ${value}`);
      return Number(number);
    },
  };
}

const SPACE = /[ \t\r\n]*/y;
const WORD = /[-+.\w]+/y;

/** JSON text and the position of the next token in it. */
class JsonInput {
  readonly #text: string;
  #at = 0;

  constructor(document: string) {
    this.#text = document;
    this.#skip(SPACE);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  /** Returns the text of the next value. Only finds its end: the content may be invalid JSON. */
  take(): string {
    const start = this.#at;
    if (/["{[]/.test(this.#text[start] ?? "")) this.#skipBrackets();
    else this.#skip(WORD);
    const value = this.#text.slice(start, this.#at);
    this.#skip(SPACE);
    return value;
  }

  takeNull(): boolean {
    return this.#text[this.#at] === "n" && JSON.parse(this.take()) === null;
  }

  /** @param takeElement takes one value. */
  takeList(takeElement: () => void): void {
    this.#takeAll("[", "]", takeElement);
  }

  /** @param takeMember takes one value. */
  takeObject(takeMember: (name: string) => void): void {
    this.#takeAll("{", "}", () => {
      const name: unknown = JSON.parse(this.take());
      if (typeof name !== "string") throw new SyntaxError("expected a name");
      this.#expect(":");
      takeMember(name);
    });
  }

  #takeAll(open: string, close: string, take: () => void): void {
    this.#expect(open);
    if (this.#takes(close)) return;
    do take();
    while (this.#takes(","));
    this.#expect(close);
  }

  #expect(token: string): void {
    if (!this.#takes(token)) throw new SyntaxError(`expected ${token} at ${this.#at}`);
  }

  #takes(token: string): boolean {
    const takes = this.#text[this.#at] === token;
    if (takes) {
      this.#at++;
      this.#skip(SPACE);
    }
    return takes;
  }

  /** Skips a string, or everything up to the bracket that closes this one. */
  #skipBrackets(): void {
    let depth = 0;
    do {
      const character = this.#text[this.#at];
      if (character === '"') this.#skipString();
      else if (character === "{" || character === "[") depth++;
      else if (character === "}" || character === "]") depth--;
      else if (character === undefined) throw new SyntaxError("unexpected end");
      this.#at++;
    } while (depth > 0);
  }

  /** Moves to the quotation mark at the end of a string. */
  #skipString(): void {
    do {
      this.#at += this.#text[this.#at] === "\\" ? 2 : 1;
      if (this.#at >= this.#text.length) throw new SyntaxError("unexpected end");
    } while (this.#text[this.#at] !== '"');
  }

  #skip(pattern: RegExp): void {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) throw new SyntaxError(`unexpected text at ${this.#at}`);
    this.#at = pattern.lastIndex;
  }
}
