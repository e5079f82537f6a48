import type { Origin } from "./api-model.js";
import { describeOrigin, type ContractProblem } from "./contract-error.js";

/** The identifiers of one scope of a generated file; a collision is a problem. */
export class NameScope {
  readonly #owners = new Map<string, Origin | undefined>();
  readonly #problems: ContractProblem[];
  readonly #where: string;

  /**
   * @param problems receives the collisions
   * @param where the scope in messages, like `the Go client`
   * @param reserved identifiers of the language or of other generated code
   */
  constructor(problems: ContractProblem[], where: string, reserved: Iterable<string> = []) {
    this.#problems = problems;
    this.#where = where;
    for (const name of reserved) this.#owners.set(name, undefined);
  }

  /** Reserves an identifier for a part of the contract and returns it. */
  claim(identifier: string, origin: Origin, fix: string): string {
    if (this.#owners.has(identifier)) {
      const owner = this.#owners.get(identifier);
      const other = owner === undefined ? "already taken" : `also used by ${describeOrigin(owner)}`;
      const problem = `the name ${identifier} in ${this.#where} is ${other}`;
      this.#problems.push({ ...origin, problem, fix });
    } else {
      this.#owners.set(identifier, origin);
    }
    return identifier;
  }
}

/** The fix for a method's name. */
export const RENAME_METHOD = "rename the method";
/** The fix for a model's name. */
export const RENAME_MODEL = "rename one of the two: change its id or the name of its class";
/** The fix for a field's name. */
export const RENAME_FIELD = "rename the field";
