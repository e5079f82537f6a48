import { existsSync } from "node:fs";
import {
  type CallLogPage,
  type CallLogQuery,
  openCallLogReader,
  readLogLocation,
} from "../../call-log/index.js";
import { CONFIG_DEFAULTS, type ConfigInput } from "../../config/index.js";
import { GatewayAwayError } from "./ask-gateway.js";
import { CliError } from "../output/cli-error.js";
import { findGateway } from "./find-gateway.js";
import { queryGatewayLogs } from "./gateway-logs.js";

/** A source of call log rows. */
export interface LogSource {
  query(query: CallLogQuery): Promise<CallLogPage>;
  /** Whether a gateway may be adding rows. */
  readonly live: boolean;
  close(): Promise<void>;
}

/**
 * Finds the call log of the configuration. PostgreSQL is asked itself. A file belongs to the gateway
 * that runs, so that one is asked; when none runs, the file is read.
 *
 * @throws CliError when there is neither.
 */
export async function findLogSource(settings: ConfigInput): Promise<LogSource> {
  const url = settings.logDatabaseUrl ?? CONFIG_DEFAULTS.logDatabaseUrl;
  const location = readLogLocation(url);
  if (location.kind === "postgres") return { ...openCallLogReader(url), live: true };
  const gateway = findGateway(settings);
  let away = 'no gateway is configured, and no "centrifugo-rpc dev" ran in this folder';
  if (gateway) {
    const query = (query: CallLogQuery) => queryGatewayLogs(gateway, query);
    try {
      await query({ limit: 1 });
      return { query, live: true, close: async () => undefined };
    } catch (error) {
      if (!(error instanceof GatewayAwayError)) throw error;
      away = error.message;
    }
  }
  if (existsSync(location.path)) return { ...openCallLogReader(url), live: false };
  throw new CliError(`there is no call log in ${location.path}, and ${away}`);
}
