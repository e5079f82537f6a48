import type { Budget } from "./budget.js";
import type { Change, Direction, Move } from "./change.js";
import type { Shapes } from "./read-shapes.js";

/** One comparison of two schemas, part by part. */
export interface Walk {
  readonly direction: Direction;
  readonly old: Shapes;
  readonly now: Shapes;
  readonly budget: Budget;
  /** Compares two parts. */
  schemas(old: unknown, now: unknown, path: string): void;
  /** Notes that other values are possible than before. */
  move(move: Move, path: string, what: string): void;
  /** Notes a change. */
  note(breaking: boolean, path: string, what: string, why?: string): void;
  /** The changes that `compare` notes, which are not noted here. */
  attempt(compare: (walk: Walk) => void): readonly Change[];
}
