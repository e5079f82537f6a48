import { diffLimits, diffMarks, words } from "./constraints.js";
import { diffForms } from "./forms.js";
import { shown } from "./change.js";
import type { Walk } from "./walk.js";
import type { Constraints, Scalars } from "./shape.js";

/** Compares the strings or numbers that two schemas accept. */
export function diffScalars(walk: Walk, old: Scalars, now: Scalars, path: string): void {
  walk.budget.spend(
    old.values.size * (1 + now.types.size) + now.values.size * (1 + old.types.size),
  );
  const removed = missing(old, now);
  const added = missing(now, old);
  if (removed.length > 0) walk.move("narrower", path, `can no longer be ${list(removed)}`);
  if (added.length > 0 && old.types.size === 0) addValues(walk, old, added, path);
  else if (added.length > 0) walk.move("wider", path, `can now be ${list(added)}`);

  if (old.types.size > 0 && now.types.size > 0) {
    diffForms(walk, [...old.types], [...now.types], path, diffConstraints);
  } else if (old.types.size > 0) {
    walk.move("narrower", path, `can now only be ${list([...now.values])}`);
  } else if (now.types.size > 0) {
    walk.move("wider", path, `can now be more than ${list([...old.values])}`);
  }
}

/** The values of `from` that `to` does not accept. */
function missing(from: Scalars, to: Scalars): (string | number)[] {
  return [...from.values].filter(
    (value) => !to.values.has(value) && ![...to.types].some((type) => fits(value, type)),
  );
}

/** In results, enums with more than one value are open in the clients. */
function addValues(
  walk: Walk,
  old: Scalars,
  added: readonly (string | number)[],
  path: string,
): void {
  const what = `can now be ${list(added)}`;
  if (walk.direction === "result" && old.values.size > 1) {
    walk.note(false, path, what, "clients accept unknown values");
  } else walk.move("wider", path, what);
}

/** Whether a value certainly meets constraints. */
function fits(value: string | number, type: Constraints): boolean {
  const limit = (keyword: string, none: number): number =>
    (type[keyword] as number | undefined) ?? none;
  if (typeof value === "string") {
    // Patterns and formats are not tried out: they come from anywhere.
    const isPlain = ["pattern", "format", "contentEncoding", "contentMediaType"].every(
      (keyword) => type[keyword] === undefined,
    );
    const length = Array.from(value).length;
    return isPlain && length >= limit("minLength", 0) && length <= limit("maxLength", Infinity);
  }
  return (
    (type["type"] !== "integer" || Number.isInteger(value)) &&
    type["multipleOf"] === undefined &&
    value >= limit("minimum", -Infinity) &&
    value <= limit("maximum", Infinity) &&
    value > limit("exclusiveMinimum", -Infinity) &&
    value < limit("exclusiveMaximum", Infinity)
  );
}

/** Compares the constraints of strings or of numbers. */
function diffConstraints(walk: Walk, old: Constraints, now: Constraints, path: string): void {
  diffInteger(walk, old, now, path);
  diffLimits(walk, old, now, ["minLength", "minimum", "exclusiveMinimum"], 1, path);
  diffLimits(walk, old, now, ["maxLength", "maximum", "exclusiveMaximum"], -1, path);
  diffMarks(walk, old, now, ["pattern", "format", "contentEncoding", "contentMediaType"], path);
  diffMultiple(walk, old["multipleOf"], now["multipleOf"], path);
}

function diffInteger(walk: Walk, old: Constraints, now: Constraints, path: string): void {
  const [was, is] = [old, now].map(({ type }) => type === "integer");
  if (was && !is) walk.move("wider", path, "no longer has to be an integer");
  if (!was && is) walk.move("narrower", path, "must now be an integer");
}

function diffMultiple(walk: Walk, old: unknown, now: unknown, path: string): void {
  if (old === now) return;
  const isMultiple = (of: unknown, by: unknown): boolean =>
    by === undefined || (typeof of === "number" && typeof by === "number" && of % by === 0);
  const move = isMultiple(now, old) ? "narrower" : isMultiple(old, now) ? "wider" : "other";
  walk.move(move, path, words("multipleOf", old, now));
}

function list(values: readonly (string | number)[]): string {
  const some = values.slice(0, 5).map(shown).join(", ");
  return values.length > 5 ? `${some} or ${values.length - 5} others` : some;
}
