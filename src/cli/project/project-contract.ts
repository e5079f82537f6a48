import { connectHandlerServices } from "../../gateway/index.js";
import { buildContract, type Registry } from "../../handlers/index.js";
import { loadProjectSettings } from "../../config/index.js";
import { type Contract } from "../../protocol/index.js";
import { CliError } from "../output/cli-error.js";
import { orCliError, serviceSecret, serviceUrls } from "./service-connections.js";
import { findHandlersFile, loadHandlers } from "./handlers-file.js";
import { printable } from "../output/printable.js";

/**
 * The contract of all methods that the gateway of this project serves: those of its handlers file and
 * of its handler services. Without a name, looks for the usual handlers files.
 *
 * @param services handler services in addition to the configured ones.
 * @throws CliError for handlers that have no contract, and for a service that cannot be asked: what
 * is made of a part of the methods would lack the others.
 */
export async function projectContract(
  named: string | undefined,
  services: readonly string[],
): Promise<Contract> {
  const settings = await loadProjectSettings();
  const urls = serviceUrls(settings, services);
  const { registry } = await loadHandlers(findHandlersFile(named, urls), { services: urls });
  if (urls.length === 0) return contractOrCliError(() => buildContract(registry));
  return await contractWithServices(registry, urls, serviceSecret(settings));
}

async function contractWithServices(
  handlers: Registry,
  urls: readonly string[],
  secret: string,
): Promise<Contract> {
  const services = await orCliError(connectHandlerServices({ urls, secret, handlers }));
  try {
    const away = services.states().filter(({ state }) => state === "down");
    if (away.length > 0) {
      const reasons = away.map(({ url, reason }) => `- ${url}: ${printable(reason ?? "")}`);
      throw new CliError(
        `cannot read the contract of these handler services:\n${reasons.join("\n")}`,
      );
    }
    const contract = contractOrCliError(() => services.contract());
    if (contract.methods.length > 0) return contract;
    throw new CliError(`no handler found: there are no methods at ${urls.join(", ")}`);
  } finally {
    await services.close();
  }
}

/** A TypeError describes the problems of schemas; the user can fix them. */
function contractOrCliError(make: () => Contract): Contract {
  try {
    return make();
  } catch (error) {
    throw error instanceof TypeError ? new CliError(error.message) : error;
  }
}
