import type { FieldNames } from "./field-names.js";
import type { SensitiveParts } from "./sensitive-parts.js";

/** What stands in place of a secret. */
export const REDACTED = "[redacted]";

/** What stands in place of a value for which there is no room, and marks what is incomplete. */
const TRUNCATED = "[truncated]";
const TOO_DEEP = "[too deep]";
const CIRCULAR = "[circular]";

const MAX_DEPTH = 32;
const MARK_BYTES = TRUNCATED.length + 2;
/** A bracket, `,"[truncated]":"1000000 more"` and a bracket. */
const REST_BYTES = 40;

/** The smallest `maxBytes` of {@link logText}. */
export const MIN_LOG_TEXT_BYTES = 128;

/** The options of {@link logText}. */
export interface LogTextOptions {
  /** The text has at most so many bytes of UTF-8; what does not fit is left out and marked. */
  readonly maxBytes: number;
  readonly names: FieldNames;
  /** What the value's schema marks. */
  readonly parts?: SensitiveParts | undefined;
}

/**
 * A value as JSON for the call log: without its secrets, of limited size, and valid JSON whatever the
 * value is. Null for `undefined`. NUL and half characters, which PostgreSQL's JSON refuses, become
 * U+FFFD. Never throws.
 */
export function logText(value: unknown, options: LogTextOptions): string | null {
  if (value === undefined) return null;
  try {
    const { maxBytes, names, parts } = options;
    const whole = new Writer(names, false);
    const text = whole.value(value, parts, maxBytes);
    if (!whole.truncated) return text;
    return new Writer(names, true).value(value, parts, maxBytes);
  } catch {
    // A getter or a toJSON of the application that throws.
    return JSON.stringify("[unreadable]");
  }
}

/** Writes JSON into a room of so many bytes, {@link MARK_BYTES} or more, which it never exceeds. */
class Writer {
  truncated = false;
  readonly #names: FieldNames;
  /**
   * Whether a field may take no more than half of the room that is left, so that a large one leaves
   * some for those that follow.
   */
  readonly #sharing: boolean;
  readonly #above: object[] = [];

  constructor(names: FieldNames, sharing: boolean) {
    this.#names = names;
    this.#sharing = sharing;
  }

  value(value: unknown, parts: SensitiveParts | undefined, room: number): string {
    if (parts?.whole) return this.#text(REDACTED, room);
    switch (typeof value) {
      case "string":
        return this.#text(value, room);
      case "number":
        return this.#fitting(Number.isFinite(value) ? String(value) : "null", room);
      case "boolean":
        return this.#fitting(String(value), room);
      case "bigint":
        return this.#text(value.toString(), room);
      case "object":
        return value === null ? "null" : this.#object(value, parts, room);
      default:
        return "null";
    }
  }

  #object(value: object, parts: SensitiveParts | undefined, room: number): string {
    if (ArrayBuffer.isView(value)) return this.#text(`[${value.byteLength} bytes]`, room);
    if (this.#above.includes(value)) return this.#text(CIRCULAR, room);
    if (this.#above.length === MAX_DEPTH) return this.#text(TOO_DEEP, room);
    if (room < REST_BYTES) return this.#mark();
    this.#above.push(value);
    try {
      if (Array.isArray(value)) return this.#list(value, parts, room);
      const { toJSON } = value as { toJSON?: unknown };
      if (typeof toJSON === "function") return this.value(toJSON.call(value), parts, room);
      return this.#fields(value as Record<string, unknown>, parts, room);
    } finally {
      this.#above.pop();
    }
  }

  #list(list: readonly unknown[], parts: SensitiveParts | undefined, room: number): string {
    let text = "[";
    let left = room - 1;
    for (let index = 0; index < list.length; index++) {
      const comma = index === 0 ? "" : ",";
      const share = this.#share(left - comma.length);
      if (share < MARK_BYTES) {
        return `${text}${comma}${this.#rest(list.length - index)}]`;
      }
      const element = this.value(list[index], parts?.element(index), share);
      text += comma + element;
      left -= comma.length + Buffer.byteLength(element);
    }
    return `${text}]`;
  }

  #fields(
    value: Readonly<Record<string, unknown>>,
    parts: SensitiveParts | undefined,
    room: number,
  ): string {
    const names = Object.keys(value);
    let text = "{";
    let left = room - 1;
    for (const [index, name] of names.entries()) {
      const field = value[name];
      if (isLeftOut(field)) continue;
      const start = `${text === "{" ? "" : ","}${quote(name.slice(0, left))}:`;
      const share = this.#share(left - Buffer.byteLength(start));
      if (share < MARK_BYTES) {
        const comma = text === "{" ? "" : ",";
        return `${text}${comma}${quote(TRUNCATED)}:${this.#rest(names.length - index)}}`;
      }
      const written = this.#names.isSecret(name)
        ? this.#text(REDACTED, share)
        : this.value(field, parts?.field(name), share);
      text += start + written;
      left -= Buffer.byteLength(start) + Buffer.byteLength(written);
    }
    return `${text}}`;
  }

  /** How much room the next value has, when there must be some for the mark that others follow. */
  #share(left: number): number {
    const free = left - REST_BYTES;
    return this.#sharing ? Math.max(Math.floor(free / 2), Math.min(free, MARK_BYTES)) : free;
  }

  #rest(count: number): string {
    this.truncated = true;
    return quote(`${count} more`);
  }

  #text(text: string, room: number): string {
    // No longer than it can be with one byte a character, so that a large text costs no more.
    const whole = text.length <= room ? quote(text) : undefined;
    if (whole !== undefined && Buffer.byteLength(whole) <= room) return whole;
    if (room < 2 * MARK_BYTES) return this.#mark();
    this.truncated = true;
    let length = Math.min(text.length, room);
    for (;;) {
      const cut = quote(`${text.slice(0, length)}${TRUNCATED}`);
      const bytes = Buffer.byteLength(cut);
      if (bytes <= room) return cut;
      length = Math.min(length - 1, Math.floor((length * room) / bytes));
    }
  }

  /** What is short. */
  #fitting(text: string, room: number): string {
    return text.length <= room ? text : this.#mark();
  }

  #mark(): string {
    this.truncated = true;
    return quote(TRUNCATED);
  }
}

/** As in JSON.stringify. */
function isLeftOut(value: unknown): boolean {
  return value === undefined || typeof value === "function" || typeof value === "symbol";
}

function quote(text: string): string {
  return JSON.stringify(storable(text));
}

// eslint-disable-next-line no-control-regex -- that is what it looks for
const UNSTORABLE = /[\0\uD800-\uDFFF]/;

/** A text that PostgreSQL takes: it has neither NUL nor half characters. */
export function storable(text: string): string {
  return UNSTORABLE.test(text) ? Buffer.from(text.replaceAll("\0", "\uFFFD")).toString() : text;
}
