import { type CallLogPage, type CallLogQuery, logQueryParams } from "../../call-log/index.js";
import { CliError } from "../output/cli-error.js";
import { askGateway } from "./ask-gateway.js";
import type { GatewayAccess } from "./find-gateway.js";

/**
 * Asks a gateway for a page of its call log.
 *
 * @throws GatewayAwayError, and CliError for a response without rows.
 */
export async function queryGatewayLogs(
  gateway: GatewayAccess,
  query: CallLogQuery,
): Promise<CallLogPage> {
  const answer = await askGateway(gateway, `/api/logs?${logQueryParams(query)}`);
  if (answer.status === 404) {
    throw new CliError(
      `the gateway at ${gateway.wrapperUrl} has no call log: see CENTRIFUGO_LOG_ALL_CALLS and ` +
        `CENTRIFUGO_LOG_ONLY_WITH_ACK`,
    );
  }
  return answer.success() as CallLogPage;
}
