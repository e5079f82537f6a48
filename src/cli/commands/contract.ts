import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { toJsonSchema, toOpenRpc, type OpenRpcInfo } from "../../contract/index.js";
import type { Contract } from "../../protocol/index.js";
import { CliError } from "../output/cli-error.js";
import { parseJson } from "../json.js";
import { loadContract } from "../project/contract-file.js";
import type { ContractFormat } from "../option-values.js";

const inFormat: Record<ContractFormat, (contract: Contract) => unknown> = {
  contract: (contract) => contract,
  openrpc: (contract) => toOpenRpc(contract, packageInfo()),
  "json-schema": (contract) => toJsonSchema(contract),
};

export interface ContractOptions {
  output?: string;
  format: ContractFormat;
  service: string[];
}

/** `contract`: prints the contract of the handlers in one of several formats. */
export async function contract(
  handlersFile: string | undefined,
  { output, format, service }: ContractOptions,
): Promise<void> {
  const document = inFormat[format](await loadContract(handlersFile, service));
  const json = `${JSON.stringify(document, null, 2)}\n`;
  if (output === undefined) process.stdout.write(json);
  else write(output, json);
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new CliError(`cannot write ${path}: ${(error as Error).message}`);
  }
}

/** OpenRPC requires a title and a version: those of the package that the command runs in. */
function packageInfo(): OpenRpcInfo {
  const file = "package.json";
  const { name, version } = existsSync(file)
    ? (parseJson(readFileSync(file, "utf8"), `${file} is`) as { name?: unknown; version?: unknown })
    : {};
  return {
    title: typeof name === "string" ? name : "api",
    version: typeof version === "string" ? version : "0.0.0",
  };
}
