/** The most levels of JSON that a schema may have. */
const MOST_LEVELS = 1000;

/** A schema that is too large or too deep to be compared, as one made to do harm may be. */
export class TooLargeError extends Error {}

/** How much work a comparison may be. It is in proportion to what is compared. */
export class Budget {
  #left: number;

  /** @throws TooLargeError for values with too many levels. */
  constructor(...compared: readonly unknown[]) {
    const nodes = compared.reduce<number>((sum, value) => sum + countNodes(value), 0);
    this.#left = 20_000 + 4 * nodes;
  }

  /** @throws TooLargeError when nothing is left. */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new TooLargeError();
  }
}

/**
 * How many values there are in a JSON value, itself included.
 *
 * @throws TooLargeError for too many levels.
 */
export function countNodes(root: unknown): number {
  let nodes = 0;
  let level: unknown[] = [root];
  for (let levels = 0; level.length > 0; levels++) {
    if (levels > MOST_LEVELS) throw new TooLargeError();
    nodes += level.length;
    level = level.flatMap((value): unknown[] =>
      typeof value === "object" && value !== null ? Object.values(value) : [],
    );
  }
  return nodes;
}
