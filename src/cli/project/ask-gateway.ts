import { withoutTrailingSlash } from "../../protocol/index.js";
import { CliError } from "../output/cli-error.js";
import type { GatewayAccess } from "./find-gateway.js";

const TIMEOUT_MS = 30_000;

/** The gateway cannot be reached. */
export class GatewayAwayError extends CliError {}

/** What a gateway answered. */
export interface GatewayAnswer {
  readonly status: number;
  /**
   * The body of an answer with status 200.
   *
   * @throws CliError for another status, with the words of the gateway.
   */
  success(): unknown;
}

/**
 * Asks a gateway's wrapper API.
 *
 * @param path below the gateway's URL, with the query.
 * @throws GatewayAwayError, and CliError when it refuses the API key.
 */
export async function askGateway(
  { wrapperUrl, apiKey }: GatewayAccess,
  path: string,
): Promise<GatewayAnswer> {
  const { status, body } = await request(`${withoutTrailingSlash(wrapperUrl)}${path}`, apiKey);
  if (status === 401) {
    throw new CliError(
      `the gateway at ${wrapperUrl} refused the API key: check CENTRIFUGO_WRAPPER_API_KEY`,
    );
  }
  return {
    status,
    success() {
      if (status === 200) return body;
      const { message } = (body as { error?: { message?: string } } | undefined)?.error ?? {};
      throw new CliError(
        `the gateway at ${wrapperUrl} answered ${status}: ${message ?? "no JSON"}`,
      );
    },
  };
}

async function request(url: string, apiKey: string): Promise<{ status: number; body: unknown }> {
  try {
    const response = await fetch(url, {
      headers: { "X-API-Key": apiKey },
      // The key is for this server only.
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, body: parseJson(await response.text()) };
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    const reason = cause?.code ?? (error instanceof Error ? error.message : String(error));
    throw new GatewayAwayError(
      `the gateway at ${new URL(url).origin} cannot be reached (${reason}): check that it runs, ` +
        `and CENTRIFUGO_WRAPPER_URL`,
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
