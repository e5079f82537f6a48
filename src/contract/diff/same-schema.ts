import { isObject } from "../../protocol/index.js";
import { canonicalText, mapSubschemas, subschemas, type SchemaObject } from "../../schema/index.js";
import type { Budget } from "./budget.js";
import type { Shapes } from "./read-shapes.js";

/** Checks whether parts of two canonical schemas are equal, following their references. */
export class SameSchema {
  readonly #seen = new Map<object, Set<object>>();

  constructor(
    private readonly old: Shapes,
    private readonly now: Shapes,
    private readonly budget: Budget,
  ) {}

  /** Whether they are equal, apart from the names of their `$defs`. */
  of(a: unknown, b: unknown): boolean {
    this.budget.spend(1);
    if (!isObject(a) || !isObject(b)) return canonicalText(a) === canonicalText(b);
    const seen = this.#seen.get(a) ?? new Set();
    // A pair that is being compared is equal unless something else in it differs.
    if (seen.has(b)) return true;
    this.#seen.set(a, seen.add(b));
    const [{ $ref: oldRef, $defs: _old, ...old }, { $ref: nowRef, $defs: _now, ...now }] = [a, b];
    this.budget.spend(Object.keys(old).length);
    if (withoutParts(old) !== withoutParts(now) || !this.#ref(oldRef, nowRef)) return false;
    // Equal without their parts: the parts have the same places, and the canonical order.
    const parts = subschemas(now);
    return subschemas(old).every(({ schema }, index) => this.of(schema, parts[index]?.schema));
  }

  #ref(a: unknown, b: unknown): boolean {
    const old = this.old.target(a);
    const now = this.now.target(b);
    if (old === undefined || now === undefined) return a === b && old === now;
    return this.of(old, now);
  }
}

function withoutParts(schema: SchemaObject): string {
  return canonicalText(mapSubschemas(schema, () => true));
}
