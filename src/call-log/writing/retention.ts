import { ERROR_TABLE, MAX_TIMEOUT_MS } from "../../protocol/index.js";
import type { Logger } from "../../handlers/index.js";
import type { LogDatabase } from "../storage/log-database.js";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Rows in one statement, so that writing continues in between. */
const ROWS_AT_A_TIME = 1000;

/** No call runs longer, and no row waits longer for an available database. */
const LOST_AFTER_MS = 2 * MAX_TIMEOUT_MS;
const LOST_MESSAGE = "the gateway stopped before it could record how this call ended";

/** The options of {@link scheduleRetention}. */
export interface RetentionOptions {
  readonly database: Pick<LogDatabase, "ask">;
  /** The name of this gateway in its rows. */
  readonly gateway: string;
  /** 0 keeps all rows. */
  readonly retentionDays: number;
  readonly log: Logger;
}

/**
 * Ends the rows that a killed gateway left pending, at once and every minute, and deletes rows older
 * than the retention every hour. Returns a function that stops it.
 */
export function scheduleRetention(options: RetentionOptions): () => void {
  const startedAt = Date.now();
  let minutes = 0;
  const clean = (): void => {
    void endLostRows(options, startedAt);
    if (minutes++ % 60 === 1) void deleteOldRows(options);
  };
  clean();
  const timer = setInterval(clean, MINUTE_MS).unref();
  return () => clearInterval(timer);
}

/**
 * Ends rows that are pending although their gateway cannot end them any more. Those of a gateway of
 * this name that began before `startedAt` are of the process before this one, as in a container.
 */
export async function endLostRows(
  { database, gateway }: Pick<RetentionOptions, "database" | "gateway">,
  startedAt: number,
): Promise<void> {
  const lost = { code: ERROR_TABLE.outcome_unknown.code, message: LOST_MESSAGE };
  try {
    await database.ask("endLost", { ...lost, beforeMs: startedAt, gateway });
    await database.ask("endLost", { ...lost, beforeMs: Date.now() - LOST_AFTER_MS });
  } catch {
    // The database is unavailable, which its writer logs. The next attempt is in a minute.
  }
}

/** Deletes rows older than the retention. */
export async function deleteOldRows({
  database,
  retentionDays,
  log,
}: Omit<RetentionOptions, "gateway">): Promise<void> {
  if (retentionDays === 0) return;
  const ask = { beforeMs: Date.now() - retentionDays * DAY_MS, limit: ROWS_AT_A_TIME };
  let deleted = 0;
  try {
    for (let count = ROWS_AT_A_TIME; count === ROWS_AT_A_TIME; deleted += count) {
      count = await database.ask("deleteBefore", ask);
    }
  } catch (error) {
    log.warn({ err: error }, "could not delete old rows of the call log: trying again in an hour");
  }
  if (deleted > 0) log.info({ deleted, retentionDays }, "deleted old rows of the call log");
}
