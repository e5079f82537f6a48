import { existsSync } from "node:fs";
import {
  CallLogError,
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
  if (location.kind === "postgres") return namedReader(url, "PostgreSQL");
  if (existsSync(location.path)) return namedReader(url, location.path);
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

/** A reader whose errors name the database: its own messages are for the log of a gateway. */
function namedReader(url: string, name: string): CallLogReader {
  const reader = openCallLogReader(url);
  return {
    ...reader,
    async query(query) {
      try {
        return await reader.query(query);
      } catch (error) {
        if (!(error instanceof CallLogError)) throw error;
        throw new CliError(`the call log in ${name} cannot be read: ${error.message}`);
      }
    },
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
