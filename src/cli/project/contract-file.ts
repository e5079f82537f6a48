import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { readContract } from "../../contract/index.js";
import { type Contract } from "../../protocol/index.js";
import { parseJson } from "../json.js";
import { CliError } from "../output/cli-error.js";
import { gatewayContract } from "./gateway.js";
import { projectContract } from "./project-contract.js";

/**
 * The contract of a project, see {@link projectContract}; or the one in a `.json` file that
 * `centrifugo-rpc contract` has written, `-` for the standard input; or, with a URL, that of the
 * gateway that is there.
 *
 * @param services handler services in addition to the configured ones; only for a project.
 * @throws CliError if there is no contract.
 */
export async function loadContract(
  named: string | undefined,
  services: readonly string[] = [],
): Promise<Contract> {
  const read = named === undefined ? undefined : wholeContract(named);
  if (!read) return await projectContract(named, services);
  if (services.length > 0) {
    throw new CliError(
      `--service applies to a handlers file only: ${named} already has all methods`,
    );
  }
  return await read();
}

/** A reader for what already is a contract; `undefined` for a handlers file. */
function wholeContract(named: string): (() => Promise<Contract>) | undefined {
  if (named === "-") return async () => contractIn(await text(process.stdin), "standard input");
  if (/^https?:\/\//i.test(named)) return () => gatewayContract(named);
  if (named.endsWith(".json")) return async () => contractIn(readFile(named), named);
  return undefined;
}

function readFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CliError(
      code === "ENOENT" ? `file ${path} does not exist` : `cannot read ${path}: ${message}`,
    );
  }
}

function contractIn(json: string, name: string): Contract {
  const document = parseJson(json, `${name} is`);
  try {
    return readContract(document);
  } catch (error) {
    throw new CliError(
      `${name} is not a contract: ${(error as Error).message} ` +
        `(write one with "centrifugo-rpc contract --output ${name.endsWith(".json") ? name : "contract.json"}")`,
    );
  }
}
