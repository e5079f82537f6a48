import { CodedError } from "../../protocol/index.js";
import type { Origin } from "./api-model.js";

/** A reason why clients cannot be generated from a contract. */
export interface ContractProblem extends Origin {
  readonly problem: string;
  /** What the author of the contract can do. */
  readonly fix: string;
  /** The place that distinguishes it from the same problem elsewhere; default: its origin. */
  readonly where?: string;
}

/** A contract that cannot be expressed in a client. Lists every problem, not only the first. */
export class ContractError extends CodedError {
  override readonly name = "ContractError";
  readonly problems: readonly ContractProblem[];

  constructor(problems: readonly ContractProblem[]) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    const lines = [`the contract cannot be expressed: ${count}`, ...problems.map(line)];
    super("CRPC_CONTRACT_UNSUPPORTED", lines.join("\n"));
    this.problems = problems;
  }
}

function line({ method, path, problem, fix }: ContractProblem): string {
  return `- ${describeOrigin({ method, path })}: ${problem}. Fix: ${fix}.`;
}

/** Throws a ContractError if there are problems. */
export function failOn(problems: readonly ContractProblem[]): void {
  const distinct = distinctProblems(problems);
  if (distinct.length > 0) throw new ContractError(distinct);
}

/** The problems without repetitions. */
export function distinctProblems(problems: readonly ContractProblem[]): ContractProblem[] {
  const firsts = new Map<string, ContractProblem>();
  for (const { where, ...problem } of problems) {
    const key = JSON.stringify([where ?? describeOrigin(problem), problem.problem, problem.fix]);
    if (!firsts.has(key)) firsts.set(key, problem);
  }
  return [...firsts.values()];
}

/** A place in a message: the method, then the path in it. */
export function describeOrigin({ method, path }: Origin): string {
  const name = JSON.stringify(method);
  return path === "" ? name : `${name} ${path}`;
}
