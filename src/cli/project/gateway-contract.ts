import { readContract } from "../../contract/index.js";
import { loadProjectSettings } from "../../config/index.js";
import { type Contract } from "../../protocol/index.js";
import { askGateway } from "./ask-gateway.js";
import { CliError } from "../output/cli-error.js";
import { readDevState } from "./dev-state.js";

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
  const answer = await askGateway({ wrapperUrl: url, apiKey }, "/contract");
  try {
    return readContract(answer.success());
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(
      `the server at ${url} is not a centrifugo-rpc gateway: ${(error as Error).message}`,
    );
  }
}
