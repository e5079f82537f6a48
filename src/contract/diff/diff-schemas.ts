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

interface Kind {
  readonly name: string;
  /** Whether a shape has values of this kind. */
  readonly isIn: (shape: Shape) => boolean;
  /** Compares the values of this kind in two shapes that have some. */
  readonly compare?: (walk: Walk, old: Shape, now: Shape, path: string) => void;
}

const KINDS: readonly Kind[] = [
  { name: "null", isIn: (shape) => shape.null },
  { name: "true", isIn: ({ booleans }) => booleans.has(true) },
  { name: "false", isIn: ({ booleans }) => booleans.has(false) },
  {
    name: "a string",
    isIn: ({ strings }) => strings.types.size + strings.values.size > 0,
    compare: (walk, old, now, path) => diffScalars(walk, old.strings, now.strings, path),
  },
  {
    name: "a number",
    isIn: ({ numbers }) => numbers.types.size + numbers.values.size > 0,
    compare: (walk, old, now, path) => diffScalars(walk, old.numbers, now.numbers, path),
  },
  {
    name: "an array",
    isIn: ({ arrays }) => arrays.size > 0,
    compare: (walk, old, now, path) =>
      diffForms(walk, [...old.arrays], [...now.arrays], path, diffArray),
  },
  {
    name: "an object",
    isIn: ({ objects }) => objects.size > 0,
    compare: (walk, old, now, path) => diffObjects(walk, [...old.objects], [...now.objects], path),
  },
];

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
        this.move("other", path, "has changed in a way that cannot be compared");
      }
    } else if (shapes.old.any || shapes.now.any) {
      if (!shapes.old.any) this.move("wider", path, "can now be any value");
      if (!shapes.now.any) this.move("narrower", path, `is ${kindsOf(shapes.now)}, not any value`);
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
    for (const { name, isIn, compare } of KINDS) {
      const [was, is] = [isIn(old), isIn(now)];
      if (was && is) compare?.(this, old, now, path);
      else if (was) this.move("narrower", path, `can no longer be ${name}`);
      else if (is) this.move("wider", path, `can now be ${name}`);
    }
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
  const kinds = KINDS.filter(({ isIn }) => isIn(shape)).map(({ name }) => name);
  return kinds.join(" or ") || "not possible";
}
