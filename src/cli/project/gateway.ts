import { readContract } from "../../contract/index.js";
import { type ConfigInput, loadProjectSettings } from "../../config/index.js";
import type { PublisherOptions } from "../../gateway/index.js";
import { type Contract, type ContractMethod, withoutTrailingSlash } from "../../protocol/index.js";
import { readJson } from "../json.js";
import { CliError } from "../output/cli-error.js";
import { connectionFailure } from "../output/connection-failure.js";
import { readDevState } from "./dev-state.js";

/** The URL and the key of the gateway's HTTP API. */
export type GatewayAccess = Pick<PublisherOptions, "wrapperUrl" | "apiKey">;

/**
 * The configured gateway, else that of the `dev` in this folder, else `undefined`.
 *
 * @throws CliError when the configuration has the gateway's URL without its key.
 */
export function findGateway({ wrapperUrl, wrapperApiKey }: ConfigInput): GatewayAccess | undefined {
  if (wrapperUrl && wrapperApiKey) return { wrapperUrl, apiKey: wrapperApiKey };
  if (wrapperUrl) {
    throw new CliError("no API key for the gateway: set CENTRIFUGO_WRAPPER_API_KEY");
  }
  const dev = readDevState();
  return dev && { wrapperUrl: dev.gatewayUrl, apiKey: wrapperApiKey ?? dev.wrapperApiKey };
}

const TIMEOUT_MS = 30_000;

/** A gateway's response. */
export interface GatewayAnswer {
  readonly status: number;
  /**
   * The body of a response with status 200.
   *
   * @throws CliError for another status, with the gateway's message.
   */
  success(): unknown;
}

/**
 * Sends a request to a gateway's HTTP API.
 *
 * @param path the path and query below the gateway's URL.
 * @throws CliError when it cannot be reached or refuses the API key.
 */
export async function askGateway(
  { wrapperUrl, apiKey }: GatewayAccess,
  path: string,
  timeoutMs = TIMEOUT_MS,
): Promise<GatewayAnswer> {
  const url = `${withoutTrailingSlash(wrapperUrl)}${path}`;
  const { status, body } = await request(url, apiKey, timeoutMs);
  if (status === 401) throw new CliError(refusedKey(wrapperUrl));
  return {
    status,
    success() {
      if (status === 200) return body;
      const { message } = (body as { error?: { message?: string } } | undefined)?.error ?? {};
      throw new CliError(
        `the gateway at ${wrapperUrl} returned HTTP status ${status}: ${message ?? "not JSON"}`,
      );
    },
  };
}

/** The message about a gateway that refuses the API key. */
export function refusedKey(wrapperUrl: string): string {
  return `the gateway at ${wrapperUrl} refused the API key: check CENTRIFUGO_WRAPPER_API_KEY`;
}

async function request(
  url: string,
  apiKey: string,
  timeoutMs: number,
): Promise<{ status: number; body: unknown }> {
  try {
    const response = await fetch(url, {
      headers: { "X-API-Key": apiKey },
      // A redirect must not receive the key.
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.status, body: readJson(await response.text()) };
  } catch (error) {
    const reason = connectionFailure(error, timeoutMs);
    throw new CliError(
      `the gateway at ${new URL(url).origin} cannot be reached (${reason}): check that it is running, ` +
        `and check CENTRIFUGO_WRAPPER_URL`,
    );
  }
}

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
