import { type CallLog, openCallLog } from "../call-log/index.js";
import type { CentrifugoConfig, Logger } from "../server/index.js";

/**
 * The call log of the configuration; `undefined` when nothing is to be written.
 *
 * @throws CallLogError when the package `pg` is missing that the configuration needs.
 */
export function openConfiguredCallLog(config: CentrifugoConfig, log: Logger): CallLog | undefined {
  if (!config.logAllCalls && !config.logOnlyWithAck) return undefined;
  return openCallLog({
    url: config.logDatabaseUrl,
    retentionDays: config.logRetentionDays,
    redactFields: config.logRedactFields,
    log,
  });
}
