import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { readContract } from "../contract/index.js";
import { buildContract, type Contract, type Registry } from "../server/index.js";
import { CliError } from "./cli-error.js";
import { findHandlersFile, loadHandlers } from "./handlers-file.js";

/**
 * The contract of a handlers file, or the one in a `.json` file that `centrifugo-rpc contract` has
 * written; `-` is the standard input. Without a name the usual handlers files are looked for.
 *
 * @throws CliError for a file that is no contract, and for handlers that have none.
 */
export async function loadContract(named: string | undefined): Promise<Contract> {
  if (named === "-") return contractIn(await text(process.stdin), "the standard input");
  const path = findHandlersFile(named);
  if (path.endsWith(".json")) return contractIn(readFileSync(path, "utf8"), named ?? path);
  return contractOf((await loadHandlers(path)).registry);
}

function contractOf(registry: Registry): Contract {
  try {
    return buildContract(registry);
  } catch (error) {
    throw error instanceof TypeError ? new CliError(error.message) : error;
  }
}

function contractIn(json: string, name: string): Contract {
  const document = parseJson(json, name);
  try {
    return readContract(document);
  } catch (error) {
    throw new CliError(
      `${name} is no contract: ${(error as Error).message} ` +
        `(write one with "centrifugo-rpc contract --output ${name.endsWith(".json") ? name : "contract.json"}")`,
    );
  }
}

/** @throws CliError for a text that is no JSON. */
export function parseJson(json: string, name: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new CliError(`${name} is no JSON: ${(error as Error).message}`);
  }
}
