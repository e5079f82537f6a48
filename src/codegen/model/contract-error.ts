import { CodedError } from "../../protocol/index.js";
import type { Origin } from "./api-model.js";

/** One reason why a contract cannot become a client. */
export interface ContractProblem extends Origin {
  readonly problem: string;
  /** What the author of the contract can do. */
  readonly fix: string;
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

/** Throws the problems, each once, if there are any. */
export function failOn(problems: readonly ContractProblem[]): void {
  const distinct = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  if (distinct.size > 0) throw new ContractError([...distinct.values()]);
}

/** A place as messages name it: the method, then the path in it. */
export function describeOrigin({ method, path }: Origin): string {
  const name = JSON.stringify(method);
  return path === "" ? name : `${name} ${path}`;
}
