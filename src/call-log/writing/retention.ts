import { ERROR_TABLE, MAX_TIMEOUT_MS } from "../../protocol/index.js";
import type { Logger } from "../../handlers/index.js";
import type { LogDatabase } from "../storage/log-database.js";

const FIRST_AFTER_MS = 30_000;
const EVERY_MS = 60 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** So few at a time that writing goes on in between. */
const ROWS_AT_A_TIME = 1000;

/** No call runs longer, and no row waits longer for a database that is there. */
const LOST_AFTER_MS = 2 * MAX_TIMEOUT_MS;
const LOST_MESSAGE = "the gateway ended before it could tell how this call ended";

/** What {@link keepHouse} works with. */
export interface HouseOptions {
  readonly database: LogDatabase;
  /** 0 keeps rows for ever. */
  readonly retentionDays: number;
  readonly log: Logger;
}

/**
 * From time to time deletes what is older than the retention, and ends rows that a killed gateway
 * has left pending. Gives the function that stops it.
 */
export function keepHouse(options: HouseOptions): () => void {
  const { log } = options;
  let timer: NodeJS.Timeout;
  const later = (ms: number): void => {
    timer = setTimeout(() => {
      void cleanUp(options)
        .catch((error: unknown) => {
          log.warn({ err: error }, "the call log could not be cleaned up: it is tried again later");
        })
        .then(() => later(EVERY_MS));
    }, ms).unref();
  };
  later(FIRST_AFTER_MS);
  return () => clearTimeout(timer);
}

/** One round of {@link keepHouse}. */
export async function cleanUp({ database, retentionDays, log }: HouseOptions): Promise<void> {
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
  if (deleted > 0) log.info({ deleted, retentionDays }, "old rows of the call log were deleted");
}
