import { type CallLogPage, type CallLogQuery, logQueryParams } from "../call-log/index.js";
import { CliError } from "./cli-error.js";
import type { GatewayAccess } from "./find-gateway.js";

const TIMEOUT_MS = 30_000;

/** The gateway cannot be reached. */
export class GatewayAwayError extends CliError {}

/**
 * Asks a gateway for a page of its call log.
 *
 * @throws GatewayAwayError, and CliError for what the gateway answers instead of rows.
 */
export async function queryGatewayLogs(
  { wrapperUrl, apiKey }: GatewayAccess,
  query: CallLogQuery,
): Promise<CallLogPage> {
  const url = `${wrapperUrl.replace(/\/$/, "")}/api/logs?${logQueryParams(query)}`;
  const { status, body } = await request(url, apiKey);
  if (status === 200) return body as CallLogPage;
  const { message } = (body as { error?: { message?: string } } | undefined)?.error ?? {};
  if (status === 401) {
    throw new CliError(
      `the gateway at ${wrapperUrl} refused the API key: check CENTRIFUGO_WRAPPER_API_KEY`,
    );
  }
  if (status === 404) {
    throw new CliError(
      `the gateway at ${wrapperUrl} has no call log: see CENTRIFUGO_LOG_ALL_CALLS and ` +
        `CENTRIFUGO_LOG_ONLY_WITH_ACK`,
    );
  }
  throw new CliError(`the gateway at ${wrapperUrl} answered ${status}: ${message ?? "no JSON"}`);
}

async function request(url: string, apiKey: string): Promise<{ status: number; body: unknown }> {
  try {
    const response = await fetch(url, {
      headers: { "X-API-Key": apiKey },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    return { status: response.status, body: parseJson(text) };
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
