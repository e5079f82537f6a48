import type { FieldNames } from "./field-names.js";
import type { Secrets } from "./secrets.js";
import type { SensitiveParts } from "./sensitive-parts.js";

import { REDACTED } from "./secrets.js";

const TRUNCATED = "[truncated]";
const MAX_DEPTH = 32;
const MAX_NAME_LENGTH = 255;

/** The smallest `maxBytes` of {@link redactedJson}. */
export const MIN_VALUE_BYTES = 128;

/** The options of {@link redactedJson}. */
export interface RedactionOptions {
  /** The largest JSON, in bytes of UTF-8. What does not fit is left out and marked. */
  readonly maxBytes: number;
  readonly names: FieldNames;
  /** What the value's schema marks as sensitive. */
  readonly parts?: SensitiveParts | undefined;
  /** Texts that quote one of these are left out. */
  readonly secrets?: Secrets | undefined;
}

/**
 * Returns a value as JSON without its secrets, cut to `maxBytes`; null for `undefined`. The JSON is
 * valid whatever the value is. NUL and lone surrogates, which PostgreSQL refuses, become U+FFFD.
 * Never throws.
 */
export function redactedJson(value: unknown, options: RedactionOptions): string | null {
  if (value === undefined) return null;
  const { maxBytes, parts } = options;
  try {
    for (let limit = maxBytes; limit >= 1; limit = Math.floor(limit / 2)) {
      const copy = new RedactedCopy(options, limit);
      const json = JSON.stringify(copy.value(value, parts));
      if (!copy.isTooLarge && Buffer.byteLength(json) <= maxBytes) return json;
    }
    return JSON.stringify(TRUNCATED);
  } catch {
    // A getter or a toJSON of the application threw.
    return JSON.stringify("[unreadable]");
  }
}

/**
 * A copy of a value without its secrets, and with at most `limit` characters of each text, elements
 * of each list and fields of each object. Secrets are replaced before anything is cut.
 */
class RedactedCopy {
  readonly #names: FieldNames;
  readonly #secrets: Secrets | undefined;
  readonly #limit: number;
  readonly #ancestors: object[] = [];
  /** A lower bound for the bytes that are left, so that a huge value costs no more than its cut. */
  #bytesLeft: number;

  constructor({ names, maxBytes, secrets }: RedactionOptions, limit: number) {
    this.#names = names;
    this.#secrets = secrets;
    this.#limit = limit;
    this.#bytesLeft = maxBytes;
  }

  /** Whether copying was given up because the JSON would have more than `maxBytes`. */
  get isTooLarge(): boolean {
    return this.#bytesLeft < 0;
  }

  value(value: unknown, parts: SensitiveParts | undefined): unknown {
    this.#bytesLeft--;
    if (parts?.whole) return REDACTED;
    switch (typeof value) {
      case "string":
        return this.#text(value);
      case "bigint":
        return this.#text(String(value));
      case "number":
      case "boolean":
        return value;
      case "object":
        return value && this.#object(value, parts);
      default:
        return null;
    }
  }

  #text(text: string): string {
    if (this.#secrets?.isQuotedIn(text)) return REDACTED;
    const isCut = text.length > this.#limit + TRUNCATED.length;
    const shown = isCut ? text.slice(0, this.#limit) + TRUNCATED : text;
    this.#bytesLeft -= shown.length;
    return storable(shown);
  }

  #object(value: object, parts: SensitiveParts | undefined): unknown {
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (this.#ancestors.includes(value)) return "[circular]";
    if (this.#ancestors.length === MAX_DEPTH) return "[too deep]";
    this.#ancestors.push(value);
    try {
      if (Array.isArray(value)) return this.#list(value, parts);
      const { toJSON } = value as { toJSON?: unknown };
      if (typeof toJSON === "function") return this.value(toJSON.call(value), parts);
      return this.#fields(value as Record<string, unknown>, parts);
    } finally {
      this.#ancestors.pop();
    }
  }

  #list(list: readonly unknown[], parts: SensitiveParts | undefined): unknown[] {
    const copy: unknown[] = [];
    const count = Math.min(list.length, this.#limit);
    for (let index = 0; index < count && !this.isTooLarge; index++) {
      copy.push(this.#element(list[index], parts?.element(index)));
    }
    if (list.length > count) copy.push(`${list.length - count} more`);
    return copy;
  }

  #element(value: unknown, parts: SensitiveParts | undefined): unknown {
    if (parts?.whole || !Array.isArray(value) || !this.#names.isSecretEntry(value)) {
      return this.value(value, parts);
    }
    return [this.value(value[0], undefined), REDACTED];
  }

  #fields(value: Readonly<Record<string, unknown>>, parts: SensitiveParts | undefined): object {
    const entries: [string, unknown][] = [];
    const names = Object.keys(value);
    const isSecret = this.#names.secretFields(value);
    for (const name of names.slice(0, this.#limit)) {
      if (this.isTooLarge) break;
      const field = value[name];
      if (isLeftOut(field)) continue;
      const shown = storable(name.slice(0, MAX_NAME_LENGTH));
      this.#bytesLeft -= shown.length;
      entries.push([shown, isSecret(name) ? REDACTED : this.value(field, parts?.field(name))]);
    }
    const left = names.length - this.#limit;
    if (left > 0) entries.push([TRUNCATED, `${left} more`]);
    // Not by assignment: a field may be called `__proto__`.
    return Object.fromEntries(entries);
  }
}

/** As in JSON.stringify. */
function isLeftOut(value: unknown): boolean {
  return value === undefined || typeof value === "function" || typeof value === "symbol";
}

// eslint-disable-next-line no-control-regex -- NUL is what it looks for
const UNSTORABLE = /[\0\uD800-\uDFFF]/;

/** Replaces what PostgreSQL refuses in a text: NUL and lone surrogates. */
export function storable(text: string): string {
  return UNSTORABLE.test(text) ? Buffer.from(text.replaceAll("\0", "\uFFFD")).toString() : text;
}
