import { isObject, type JsonSchema } from "../../protocol/index.js";
import { Budget } from "./budget.js";
import { generalReason, isBreaking, type Change, type Direction, type Move } from "./change.js";
import { diffArray } from "./arrays.js";
import { diffForms } from "./forms.js";
import { diffObjects } from "./objects.js";
import { diffScalars } from "./scalars.js";
import { SameSchema } from "./same-schema.js";
import type { Shape } from "./shape.js";
import { Shapes } from "./read-shapes.js";
import type { Walk } from "./walk.js";

/**
 * What is different between two schemas in their canonical form, for clients of the older one.
 *
 * @throws TooLargeError for schemas that are too large or too deep to be compared.
 */
export function diffSchemas(
  old: JsonSchema,
  now: JsonSchema,
  direction: Direction,
  path: string,
): Change[] {
  const budget = new Budget(old, now);
  const walk = new SchemaWalk(direction, new Shapes(old, budget), new Shapes(now, budget), budget);
  walk.schemas(old, now, path);
  return walk.changes;
}

class SchemaWalk implements Walk {
  readonly changes: Change[] = [];
  readonly #seen = new Map<object, Set<object>>();

  constructor(
    readonly direction: Direction,
    readonly old: Shapes,
    readonly now: Shapes,
    readonly budget: Budget,
    private readonly parent?: SchemaWalk,
  ) {}

  schemas(oldPart: unknown, nowPart: unknown, path: string): void {
    this.budget.spend(1);
    const [old, now] = [this.old.resolve(oldPart), this.now.resolve(nowPart)];
    if (this.#wasSeen(old, now)) return;
    const shapes = { old: this.old.of(old), now: this.now.of(now) };
    if (shapes.old.opaque || shapes.now.opaque) {
      if (!new SameSchema(this.old, this.now, this.budget).of(old, now)) {
        this.move("other", path, "is different, in a way that cannot be judged");
      }
    } else if (shapes.old.any || shapes.now.any) {
      if (!shapes.old.any) this.move("wider", path, "can be anything");
      if (!shapes.now.any) this.move("narrower", path, `is ${kindsOf(shapes.now)}, not anything`);
    } else {
      this.#kinds(shapes.old, shapes.now, path);
    }
  }

  move(move: Move, path: string, what: string): void {
    this.note(isBreaking(move, this.direction), path, what);
  }

  note(breaking: boolean, path: string, what: string, why?: string): void {
    const reason = why ?? generalReason(breaking, this.direction);
    this.changes.push({ path, what, breaking, why: reason });
  }

  attempt(compare: (walk: Walk) => void): Change[] {
    this.budget.spend(10);
    const walk = new SchemaWalk(this.direction, this.old, this.now, this.budget, this);
    compare(walk);
    return walk.changes;
  }

  #kinds(old: Shape, now: Shape, path: string): void {
    this.#kind(old.null, now.null, "null", path);
    this.#booleans(old, now, path);
    for (const kind of ["strings", "numbers"] as const) {
      const [before, after] = [old[kind], now[kind]];
      const [wasThere, isThere] = [before, after].map(
        ({ types, values }) => types.size + values.size > 0,
      );
      if (wasThere && isThere) diffScalars(this, before, after, path);
      else this.#kind(wasThere, isThere, kind === "strings" ? "a text" : "a number", path);
    }
    if (old.arrays.size > 0 && now.arrays.size > 0) {
      diffForms(this, [...old.arrays], [...now.arrays], path, diffArray);
    } else this.#kind(old.arrays.size > 0, now.arrays.size > 0, "a list", path);
    if (old.objects.size > 0 && now.objects.size > 0) {
      diffObjects(this, [...old.objects], [...now.objects], path);
    } else this.#kind(old.objects.size > 0, now.objects.size > 0, "an object", path);
  }

  #kind(wasThere = false, isThere = false, name: string, path: string): void {
    if (wasThere && !isThere) this.move("narrower", path, `cannot be ${name} any more`);
    if (!wasThere && isThere) this.move("wider", path, `can be ${name}`);
  }

  #booleans({ booleans: old }: Shape, { booleans: now }: Shape, path: string): void {
    for (const value of [true, false])
      this.#kind(old.has(value), now.has(value), String(value), path);
  }

  /** Whether a pair is compared already: schemas have cycles. */
  #wasSeen(old: unknown, now: unknown): boolean {
    if (!isObject(old) || !isObject(now)) return false;
    if (this.#knows(old, now)) return true;
    this.#seen.set(old, (this.#seen.get(old) ?? new Set()).add(now));
    return false;
  }

  /** Whether it is compared here or where an attempt began. */
  #knows(old: object, now: object): boolean {
    if (this.#seen.get(old)?.has(now)) return true;
    return this.parent ? this.parent.#knows(old, now) : false;
  }
}

function kindsOf(shape: Shape): string {
  const kinds = [
    shape.null && "null",
    shape.booleans.size > 0 && "true or false",
    shape.strings.values.size + shape.strings.types.size > 0 && "a text",
    shape.numbers.values.size + shape.numbers.types.size > 0 && "a number",
    shape.arrays.size > 0 && "a list",
    shape.objects.size > 0 && "an object",
  ].filter((kind) => kind !== false);
  return kinds.join(" or ") || "not possible";
}
