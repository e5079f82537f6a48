import { readContract } from "../../contract/index.js";
import { type ConfigInput, loadProjectSettings } from "../../config/index.js";
import type { Contract, ContractMethod } from "../../protocol/index.js";
import { askGateway } from "./ask-gateway.js";
import { CliError } from "../output/cli-error.js";
import { readDevState } from "./dev-state.js";
import { findGateway, type GatewayAccess } from "./find-gateway.js";

const FIND_TIMEOUT_MS = 2000;

/**
 * The contract of all methods that a gateway serves. The API key comes from the configuration, else
 * from the last `dev` in this folder.
 *
 * @throws CliError when there is no gateway, no key, or no contract.
 */
export async function gatewayContract(url: string): Promise<Contract> {
  if (!URL.canParse(url)) throw new CliError(`${url} is not a valid URL`);
  const { wrapperApiKey } = await loadProjectSettings();
  const apiKey = wrapperApiKey ?? readDevState()?.wrapperApiKey;
  if (apiKey === undefined) {
    throw new CliError(`no API key for the gateway at ${url}: set CENTRIFUGO_WRAPPER_API_KEY`);
  }
  return await contractAt({ wrapperUrl: url, apiKey });
}

/**
 * A method in the contract of the gateway that belongs to the configured Centrifugo, or else to the
 * `dev` in this folder. `undefined` if there is none within two seconds.
 */
export async function findMethod(
  settings: ConfigInput,
  name: string,
): Promise<ContractMethod | undefined> {
  try {
    const isElsewhere = settings.centrifugoUrl !== undefined && !settings.wrapperUrl;
    const gateway = isElsewhere ? undefined : findGateway(settings);
    const contract = gateway && (await contractAt(gateway, FIND_TIMEOUT_MS));
    return contract?.methods.find((method) => method.name === name);
  } catch {
    return undefined;
  }
}

async function contractAt(gateway: GatewayAccess, timeoutMs?: number): Promise<Contract> {
  const answer = await askGateway(gateway, "/contract", timeoutMs);
  const contract = answer.success();
  try {
    return readContract(contract);
  } catch (error) {
    throw new CliError(
      `the server at ${gateway.wrapperUrl} is not a centrifugo-rpc gateway: ${(error as Error).message}`,
    );
  }
}
