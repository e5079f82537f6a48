import { clientContract } from "../../contract/index.js";
import type { Contract } from "../../protocol/index.js";

/** What a generated client carries of its contract. */
export interface CarriedContract {
  readonly hash: string;
  /** The methods as JSON, one a line, so that a change of one changes one line. */
  readonly methods: readonly string[];
}

/** What a client compares with the server's contract (docs/protocol.md, section 10). */
export function carriedContract(contract: Contract): CarriedContract {
  const { hash, methods } = clientContract(contract);
  return { hash, methods: methods.map((method) => JSON.stringify(method)) };
}

/** The text of `contract.json`. */
export function contractFile({ hash, methods }: CarriedContract): string {
  const lines = methods.map((method) => `\n    ${method}`).join(",");
  return `{\n  "contract": 1,\n  "hash": "${hash}",\n  "methods": [${lines}${lines && "\n  "}]\n}\n`;
}
