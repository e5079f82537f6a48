import { withoutTrailingSlash } from "../../protocol/index.js";
import type { ConfigInput } from "../../config/index.js";
import { CliError } from "../output/cli-error.js";

/** The configured handler services and those given with `--service`. */
export function serviceUrls(
  { handlerServices = [] }: ConfigInput,
  named: readonly string[],
): string[] {
  return [...new Set([...handlerServices, ...named].map(withoutTrailingSlash))];
}

/**
 * The secret that signs requests to handler services. It cannot be generated: the services must have
 * the same one.
 *
 * @throws CliError if the configuration has neither it nor one that it is derived from.
 */
export function serviceSecret({ handlerServiceSecret }: ConfigInput): string {
  if (handlerServiceSecret) return handlerServiceSecret;
  throw new CliError(
    `no secret for handler services: set CENTRIFUGO_HANDLER_SERVICE_SECRET to the same value here ` +
      `and for the services, for example from "openssl rand -base64 32"`,
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
