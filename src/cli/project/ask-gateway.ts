import { withoutTrailingSlash } from "../../protocol/index.js";
import { CliError } from "../output/cli-error.js";
import type { GatewayAccess } from "./find-gateway.js";

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
    return { status: response.status, body: parseJson(await response.text()) };
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    const reason = cause?.code ?? (error instanceof Error ? error.message : String(error));
    throw new CliError(
      `the gateway at ${new URL(url).origin} cannot be reached (${reason}): check that it is running, ` +
        `and check CENTRIFUGO_WRAPPER_URL`,
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
