import type { Walk } from "./walk.js";

/** Compares an old form with a new one: arrays, objects, or texts with their constraints. */
type CompareForms<Form> = (walk: Walk, old: Form, now: Form, path: string) => void;

/**
 * Compares forms of which a value may have any. Where there are several and nothing tells them
 * apart, each that is sent needs one among the others that takes it.
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
      const what = walk.direction === "params" ? "one of its forms is gone" : "has one more form";
      walk.move(walk.direction === "params" ? "narrower" : "wider", path, what);
    }
    same &&= fit === "same";
  }
  if (!same) walk.note(false, path, "its forms are different");
}

/** How well one of `taken` fits what is sent. */
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
