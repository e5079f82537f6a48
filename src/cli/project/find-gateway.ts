import type { PublisherOptions } from "../../gateway/index.js";
import type { ConfigInput } from "../../config/index.js";
import { CliError } from "../output/cli-error.js";
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
