import { canonicalText } from "../../schema/index.js";

/** The part of a method that has changed, as its callers see it. */
export type Direction = "params" | "result";

/** One difference in the newer of two contracts. */
export interface Change {
  /** Where, from the method: like `params.filter.tags[]`, `errors.TaskNotFound.task_id`. */
  readonly path: string;
  /** What, in words: the new state, with the old one where it helps. */
  readonly what: string;
  /** Whether clients of the older contract may fail because of it. */
  readonly breaking: boolean;
  /** Why it does or does not break old clients. */
  readonly why: string;
}

/** Which values are possible now: more than before, fewer, or others. */
export type Move = "wider" | "narrower" | "other";

/** The server must still accept what old clients send; they must know what they receive. */
export function isBreaking(move: Move, direction: Direction): boolean {
  return move === "other" || (direction === "params") === (move === "narrower");
}

/** The effect of a change on old clients, for changes without a more specific reason. */
export function generalReason(breaking: boolean, direction: Direction): string {
  if (direction === "params") {
    return breaking
      ? "old clients may send values that are no longer accepted"
      : "what old clients send is still accepted";
  }
  return breaking
    ? "old clients may receive values that they do not know"
    : "old clients already accept these values";
}

/** A value in a message: short, and on one line. */
export function shown(value: unknown): string {
  const text = canonicalText(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
