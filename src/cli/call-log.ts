import { type CallLog, openCallLog } from "../call-log/index.js";
import { createCallRecorder, type GatewayObserver, type LoggedMethods } from "../gateway/index.js";
import type { Logger } from "../handlers/index.js";
import type { CentrifugoConfig } from "../config/index.js";

/** The call log of `dev` and `serve`. */
export interface GatewayCallLog extends Pick<CallLog, "query" | "status" | "close"> {
  /** Writes what the gateway does. */
  readonly recorder: GatewayObserver;
}

/**
 * Opens the call log of the configuration; `undefined` when nothing is to be written.
 *
 * @param methods what the gateway serves: their schemas say what is sensitive.
 * @throws CallLogError when the package `pg` is missing that the configuration needs.
 */
export function openCallLogOf(
  config: CentrifugoConfig,
  methods: LoggedMethods,
  log: Logger,
): GatewayCallLog | undefined {
  const { logAllCalls, logOnlyWithAck: onlyWithAck } = config;
  if (!logAllCalls && !onlyWithAck) return undefined;
  const callLog = openCallLog({
    url: config.logDatabaseUrl,
    retentionDays: config.logRetentionDays,
    redactFields: config.logRedactFields,
    log,
  });
  return { ...callLog, recorder: createCallRecorder({ callLog, methods, onlyWithAck }) };
}
