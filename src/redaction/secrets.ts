import type { ValidationIssue } from "../protocol/index.js";
import type { FieldNames } from "./field-names.js";
import type { SensitiveParts } from "./sensitive-parts.js";

/** Replaces a secret. */
export const REDACTED = "[redacted]";

/** Beyond these limits, any text may quote a secret. */
const MAX_SECRETS = 1000;
const MAX_VALUES = 100_000;
const MAX_DEPTH = 32;

/** How much of a secret must be in a text: libraries cut and escape what they quote. */
const QUOTED_LETTERS = 4;

/** What decides which parts of a value are secret. */
export interface SecretsOptions {
  readonly names: FieldNames;
  readonly parts?: SensitiveParts | undefined;
}

/**
 * The secrets in a value, to find texts that quote them: some schema libraries put the wrong value
 * into their messages, which may be the whole object around a password.
 */
export class Secrets {
  readonly #options: SecretsOptions;
  readonly #quotes = new Set<string>();
  #values = 0;
  /** Whether there are more secrets than were collected. */
  #isPartial = false;

  constructor(value: unknown, options: SecretsOptions) {
    this.#options = options;
    try {
      this.#collect(value, options.parts, false, 0);
    } catch {
      // A getter of the application threw.
      this.#isPartial = true;
    }
  }

  /** Whether a text contains one of the secrets, or may. */
  isQuotedIn(text: string): boolean {
    const lower = text.toLowerCase();
    return this.#isPartial || [...this.#quotes].some((quote) => lower.includes(quote));
  }

  /** The issues of the value, without the messages that are about secret fields or quote them. */
  redactIssues<Issue extends ValidationIssue>(issues: readonly Issue[]): Issue[] {
    return issues.map((issue) =>
      this.#isSecretPlace(issue.path) || this.isQuotedIn(issue.message)
        ? { ...issue, message: REDACTED }
        : issue,
    );
  }

  #isSecretPlace(path: readonly (string | number)[]): boolean {
    let { parts } = this.#options;
    if (parts?.whole) return true;
    for (const step of path) {
      if (typeof step === "string" && this.#options.names.isSecret(step)) return true;
      parts = typeof step === "number" ? parts?.element(step) : parts?.field(step);
      if (parts?.whole) return true;
    }
    return false;
  }

  #collect(
    value: unknown,
    parts: SensitiveParts | undefined,
    isSecret: boolean,
    depth: number,
  ): void {
    isSecret ||= parts?.whole ?? false;
    if (typeof value !== "object" || value === null) {
      if (isSecret) this.#add(value);
      return;
    }
    const isTooMuch = depth > MAX_DEPTH || ++this.#values > MAX_VALUES;
    if (isTooMuch || ArrayBuffer.isView(value)) {
      this.#isPartial = true;
      return;
    }
    const { names } = this.#options;
    if (Array.isArray(value)) {
      for (const [index, element] of value.entries()) {
        const isEntry = Array.isArray(element) && names.isSecretEntry(element);
        const inner: unknown = isEntry ? element[1] : element;
        this.#collect(inner, parts?.element(index), isSecret || isEntry, depth + 1);
      }
      return;
    }
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === "function") {
      this.#collect(toJSON.call(value), parts, isSecret, depth + 1);
      return;
    }
    const fields = value as Record<string, unknown>;
    const isSecretField = names.secretFields(fields);
    for (const [name, field] of Object.entries(fields)) {
      this.#collect(field, parts?.field(name), isSecret || isSecretField(name), depth + 1);
    }
  }

  #add(value: unknown): void {
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "bigint") return;
    const text = String(value).toLowerCase();
    // Without punctuation, which is escaped in different ways.
    const words = text.match(/[a-z0-9]{3,}/g) ?? [text];
    for (const word of words) if (word !== "") this.#quotes.add(word.slice(0, QUOTED_LETTERS));
    if (this.#quotes.size > MAX_SECRETS) this.#isPartial = true;
  }
}
