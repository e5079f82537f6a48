import { ERROR_TABLE, MAX_TIMEOUT_MS } from "../../protocol/index.js";
import type { Logger } from "../../handlers/index.js";
import type { LogDatabase } from "../storage/log-database.js";

const FIRST_AFTER_MS = 30_000;
const EVERY_MS = 60 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Rows in one statement, so that writing continues in between. */
const ROWS_AT_A_TIME = 1000;

/** No call runs longer, and no row waits longer for an available database. */
const LOST_AFTER_MS = 2 * MAX_TIMEOUT_MS;
const LOST_MESSAGE = "the gateway stopped before it could record how this call ended";

/** The options of {@link scheduleRetention}. */
export interface RetentionOptions {
  readonly database: LogDatabase;
  /** 0 keeps all rows. */
  readonly retentionDays: number;
  readonly log: Logger;
}

/**
 * Once an hour deletes rows older than the retention, and ends rows that a killed gateway left
 * pending. Returns a function that stops it.
 */
export function scheduleRetention(options: RetentionOptions): () => void {
  const { log } = options;
  let timer: NodeJS.Timeout;
  const later = (ms: number): void => {
    timer = setTimeout(() => {
      void cleanUp(options)
        .catch((error: unknown) => {
          log.warn(
            { err: error },
            "could not delete old rows of the call log: the next attempt is in an hour",
          );
        })
        .then(() => later(EVERY_MS));
    }, ms).unref();
  };
  later(FIRST_AFTER_MS);
  return () => clearTimeout(timer);
}

/** One run of {@link scheduleRetention}. */
export async function cleanUp({ database, retentionDays, log }: RetentionOptions): Promise<void> {
  const now = Date.now();
  await database.ask("endLost", {
    beforeMs: now - LOST_AFTER_MS,
    code: ERROR_TABLE.outcome_unknown.code,
    message: LOST_MESSAGE,
  });
  if (retentionDays === 0) return;
  const ask = { beforeMs: now - retentionDays * DAY_MS, limit: ROWS_AT_A_TIME };
  let deleted = 0;
  for (let count = ROWS_AT_A_TIME; count === ROWS_AT_A_TIME; deleted += count) {
    count = await database.ask("deleteBefore", ask);
  }
  if (deleted > 0) log.info({ deleted, retentionDays }, "deleted old rows of the call log");
}
