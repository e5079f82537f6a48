import type { Walk } from "./walk.js";

/** Compares an old form with a new one: arrays, objects, or texts with their constraints. */
type CompareForms<Form> = (walk: Walk, old: Form, now: Form, path: string) => void;

/**
 * Compares alternative forms of a value. If there are several that cannot be told apart, each form
 * that is sent needs a form on the other side that accepts it.
 */
export function diffForms<Form>(
  walk: Walk,
  old: readonly Form[],
  now: readonly Form[],
  path: string,
  compare: CompareForms<Form>,
): void {
  const [onlyOld] = old;
  const [onlyNow] = now;
  if (old.length === 1 && now.length === 1 && onlyOld && onlyNow) {
    compare(walk, onlyOld, onlyNow, path);
    return;
  }
  const [sent, taken] = walk.direction === "params" ? [old, now] : [now, old];
  let same = sent.length === taken.length;
  for (const form of sent) {
    const fit = bestFit(walk, form, taken, path, compare);
    if (fit === "none") {
      if (walk.direction === "params") walk.move("narrower", path, "lost a variant");
      else walk.move("wider", path, "has one more variant");
    }
    same &&= fit === "same";
  }
  if (!same) walk.note(false, path, "its variants have changed");
}

/** How well the best of `taken` accepts a form that is sent. */
function bestFit<Form>(
  walk: Walk,
  form: Form,
  taken: readonly Form[],
  path: string,
  compare: CompareForms<Form>,
): "same" | "some" | "none" {
  let best: "some" | "none" = "none";
  for (const other of taken) {
    const [old, now] = walk.direction === "params" ? [form, other] : [other, form];
    const changes = walk.attempt((attempt) => compare(attempt, old, now, path));
    if (changes.length === 0) return "same";
    if (!changes.some(({ breaking }) => breaking)) best = "some";
  }
  return best;
}
