import { connectHandlerServices } from "../../gateway/index.js";
import { buildContract, type Registry } from "../../handlers/index.js";
import { loadProjectSettings } from "../../config/index.js";
import { type Contract } from "../../protocol/index.js";
import { CliError } from "../output/cli-error.js";
import { orCliError, serviceSecret, serviceUrls } from "./service-connections.js";
import { findHandlersFile, loadHandlers } from "./handlers-file.js";
import { printable } from "../output/printable.js";

/**
 * The contract of all that the gateway of this project serves: the handlers of its handlers file and
 * those of its handler services. Without a name the usual handlers files are looked for.
 *
 * @param services handler services besides those of the configuration.
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
      throw new CliError(`handler services do not give their contract:\n${reasons.join("\n")}`);
    }
    const contract = contractOrCliError(() => services.contract());
    if (contract.methods.length > 0) return contract;
    throw new CliError(`no handler found: there are no methods at ${urls.join(", ")}`);
  } finally {
    await services.close();
  }
}

/** What is wrong with schemas is told in the message of a TypeError. */
function contractOrCliError(make: () => Contract): Contract {
  try {
    return make();
  } catch (error) {
    throw error instanceof TypeError ? new CliError(error.message) : error;
  }
}
