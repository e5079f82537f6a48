import { withoutTrailingSlash } from "../../protocol/index.js";
import type { ConfigInput } from "../../config/index.js";
import { CliError } from "../output/cli-error.js";

/** The handler services of the configuration, and those that `--service` names besides. */
export function serviceUrls(
  { handlerServices = [] }: ConfigInput,
  named: readonly string[],
): string[] {
  return [...new Set([...handlerServices, ...named].map(withoutTrailingSlash))];
}

/**
 * What requests to handler services are signed with, where nothing else of the configuration is
 * needed. A secret that was made up here would be none that the services have.
 *
 * @throws CliError when the configuration has none, nor one from which it follows.
 */
export function serviceSecret({ handlerServiceSecret }: ConfigInput): string {
  if (handlerServiceSecret) return handlerServiceSecret;
  throw new CliError(
    `no secret to sign requests to handler services with: set CENTRIFUGO_HANDLER_SERVICE_SECRET ` +
      `to the same text here and for the services, as from "openssl rand -base64 32"`,
  );
}

/**
 * What wiring a gateway returns: a URL or a secret that it cannot use, or a method that is in two
 * places, is a mistake of this project and not a bug.
 *
 * @throws CliError in place of a TypeError.
 */
export async function orCliError<T>(wiring: Promise<T>): Promise<T> {
  try {
    return await wiring;
  } catch (error) {
    throw error instanceof TypeError ? new CliError(error.message) : error;
  }
}
