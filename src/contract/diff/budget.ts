import { CodedError } from "../../protocol/index.js";

/** The maximum nesting depth of a schema's JSON. */
const MAX_LEVELS = 1000;

/** A schema is too large or too deep to compare, for example one crafted to exhaust the server. */
export class TooLargeError extends CodedError {
  override readonly name = "TooLargeError";

  constructor() {
    super("CRPC_CONTRACT_INVALID", "the schema is too large or too deep to compare");
  }
}

/** Limits the work of a comparison, in proportion to the size of the schemas. */
export class Budget {
  #left: number;

  /** @throws TooLargeError for values that are nested too deeply. */
  constructor(...compared: readonly unknown[]) {
    const nodes = compared.reduce<number>((sum, value) => sum + countNodes(value), 0);
    this.#left = 20_000 + 4 * nodes;
  }

  /** @throws TooLargeError when the budget is used up. */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new TooLargeError();
  }
}

/**
 * Counts the values in a JSON value, itself included.
 *
 * @throws TooLargeError for values that are nested too deeply.
 */
export function countNodes(root: unknown): number {
  let nodes = 0;
  let level: unknown[] = [root];
  for (let levels = 0; level.length > 0; levels++) {
    if (levels > MAX_LEVELS) throw new TooLargeError();
    nodes += level.length;
    level = level.flatMap((value): unknown[] =>
      typeof value === "object" && value !== null ? Object.values(value) : [],
    );
  }
  return nodes;
}
