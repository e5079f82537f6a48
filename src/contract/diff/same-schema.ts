import { isObject } from "../../protocol/index.js";
import type { Budget } from "./budget.js";
import { canonicalText } from "../../schema/index.js";
import { KEYWORDS } from "../../schema/index.js";
import type { Shapes } from "./read-shapes.js";

/** Compares parts of two schemas word by word, with what their references lead to. */
export class SameSchema {
  readonly #seen = new Map<object, Set<object>>();

  constructor(
    private readonly old: Shapes,
    private readonly now: Shapes,
    private readonly budget: Budget,
  ) {}

  /** Whether they are the same, apart from the names of their `$defs`. */
  of(a: unknown, b: unknown): boolean {
    this.budget.spend(1);
    if (!isObject(a) || !isObject(b)) return canonicalText(a) === canonicalText(b);
    const seen = this.#seen.get(a) ?? new Set();
    // A pair that is being compared is the same unless something else in it is not.
    if (seen.has(b)) return true;
    this.#seen.set(a, seen.add(b));
    const keywords = Object.keys(a).filter(isCompared);
    return (
      keywords.length === Object.keys(b).filter(isCompared).length &&
      keywords.every((keyword) => Object.hasOwn(b, keyword) && this.#keyword(keyword, a, b))
    );
  }

  #keyword(
    keyword: string,
    { [keyword]: a }: Readonly<Record<string, unknown>>,
    { [keyword]: b }: Readonly<Record<string, unknown>>,
  ): boolean {
    if (keyword === "$ref") return this.#ref(a, b);
    switch (KEYWORDS.get(keyword)?.value) {
      case "schema":
        return this.of(a, b);
      case "list":
        return this.#all(a, b);
      case "map":
        return this.#all(a, b);
      default:
        this.budget.spend(1);
        return canonicalText(a) === canonicalText(b);
    }
  }

  #ref(a: unknown, b: unknown): boolean {
    const old = this.old.target(a);
    const now = this.now.target(b);
    if (old === undefined || now === undefined) return a === b && old === now;
    return this.of(old, now);
  }

  /** Lists or maps of schemas. */
  #all(a: unknown, b: unknown): boolean {
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
    const old = Object.entries(a) as [string, unknown][];
    const now = new Map(Object.entries(b) as [string, unknown][]);
    return (
      Array.isArray(a) === Array.isArray(b) &&
      old.length === now.size &&
      old.every(([key, schema]) => now.has(key) && this.of(schema, now.get(key)))
    );
  }
}

/** Definitions are compared where a reference leads to them. */
function isCompared(keyword: string): boolean {
  return keyword !== "$defs";
}
