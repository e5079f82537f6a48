import { diffContracts, type ContractDiff, type MethodDiff } from "../../contract/index.js";
import { CliError } from "../output/cli-error.js";
import { loadContract } from "../project/contract-file.js";

/** `diff`: what a newer contract means for the clients of an older one. */
export async function diff(
  old: string,
  now: string,
  { json = false }: { json?: boolean },
): Promise<void> {
  if (old === "-" && now === "-") throw new CliError("only one of the two can be -");
  const contracts = diffContracts(await loadContract(old), await loadContract(now));
  process.stdout.write(json ? `${JSON.stringify(contracts, null, 2)}\n` : inWords(contracts));
  if (!contracts.compatible) process.exitCode = 1;
}

const ORDER = ["removed", "changed", "compatible", "added", "same"] as const;

function inWords({ compatible, methods }: ContractDiff): string {
  const counts = ORDER.flatMap((verdict) => {
    const count = methods.filter((method) => method.verdict === verdict).length;
    return count === 0 ? [] : [`${count} ${verdict}`];
  });
  const summary = compatible
    ? "Clients of the old contract work as before"
    : "This breaks clients of the old contract";
  const lines = methods.flatMap(methodLines);
  return [...lines, `${summary}: ${counts.join(", ") || "no methods"}.`, ""].join("\n");
}

function methodLines({ method, verdict, changes }: MethodDiff): string[] {
  if (verdict === "same") return [];
  return [
    `${verdict.padEnd(10)}  ${method}`,
    ...changes.map(({ path, what, why, breaking }) => {
      const place = path === "" ? "" : `${path} `;
      return `  ${breaking ? "breaking" : "        "}  ${place}${what}: ${why}`;
    }),
  ];
}
