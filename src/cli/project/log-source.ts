import { existsSync } from "node:fs";
import {
  type CallLogPage,
  type CallLogQuery,
  type CallLogReader,
  logQueryParams,
  openCallLogReader,
  readLogLocation,
} from "../../call-log/index.js";
import { CONFIG_DEFAULTS, type ConfigInput } from "../../config/index.js";
import { CliError } from "../output/cli-error.js";
import { askGateway, findGateway, type GatewayAccess } from "./gateway.js";

/**
 * Opens the configured call log: PostgreSQL or, if it exists, the file. Without a file it reads
 * through the gateway.
 *
 * @throws CliError when there is neither a file nor a gateway.
 */
export function openLogSource(settings: ConfigInput): CallLogReader {
  const url = settings.logDatabaseUrl ?? CONFIG_DEFAULTS.logDatabaseUrl;
  const location = readLogLocation(url);
  if (location.kind === "postgres" || existsSync(location.path)) return openCallLogReader(url);
  const gateway = findGateway(settings);
  if (!gateway) {
    throw new CliError(
      `there is no call log in ${location.path}, and no gateway is configured, ` +
        `and no "centrifugo-rpc dev" ran in this folder`,
    );
  }
  return {
    query: (query = {}) => queryGateway(gateway, query),
    close: async () => undefined,
  };
}

async function queryGateway(gateway: GatewayAccess, query: CallLogQuery): Promise<CallLogPage> {
  const answer = await askGateway(gateway, `/api/logs?${logQueryParams(query)}`);
  if (answer.status === 404) {
    throw new CliError(
      `the gateway at ${gateway.wrapperUrl} has no call log: see CENTRIFUGO_LOG_ALL_CALLS and ` +
        `CENTRIFUGO_LOG_ONLY_WITH_ACK`,
    );
  }
  return answer.success() as CallLogPage;
}
