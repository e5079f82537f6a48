import type { Kysely, Selectable } from "kysely";
import { MAX_TIMEOUT_MS } from "../../protocol/index.js";
import type { CallLogPage, CallLogQuery } from "../reading/log-query.js";
import { type CallLogRow, lowestKeyAt } from "../rows/row.js";
import { COLUMNS, type LogTables } from "./tables.js";

const DEFAULT_PAGE_ROWS = 100;

/** No call or publication takes longer. */
const LONGEST_MS = 2 * MAX_TIMEOUT_MS;

/** One page of the rows that match, the newest first. */
export async function pageOf(db: Kysely<LogTables>, query: CallLogQuery): Promise<CallLogPage> {
  const { limit = DEFAULT_PAGE_ROWS } = query;
  // One more shows whether there is another page.
  const found = await select(db, query)
    .orderBy("key", "desc")
    .limit(limit + 1)
    .execute();
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  return {
    rows: rows.map(readRow),
    ...(found.length > limit && last ? { next: last.key } : {}),
  };
}

function select(db: Kysely<LogTables>, query: CallLogQuery) {
  const { id, kind, method, channel, user, status } = query;
  const { since, until, finishedSince, minDurationMs, cursor } = query;
  let rows = db.selectFrom("call_log").select(COLUMNS);
  if (id !== undefined) rows = rows.where("id", "=", id);
  if (kind !== undefined) rows = rows.where("kind", "=", kind);
  if (method !== undefined) rows = rows.where("target", "=", method).where("kind", "=", "call");
  if (channel !== undefined) {
    rows = rows.where("target", "=", channel).where("kind", "=", "publish");
  }
  if (user !== undefined) rows = rows.where("user_id", "=", user);
  if (status !== undefined) rows = rows.where("status", "in", [...status]);
  if (since !== undefined) rows = rows.where("key", ">=", lowestKeyAt(since.getTime()));
  if (until !== undefined) rows = rows.where("key", "<", lowestKeyAt(until.getTime()));
  if (finishedSince !== undefined) {
    const moment = finishedSince.getTime();
    rows = rows
      .where("finished_at", ">=", moment)
      .where("key", ">=", lowestKeyAt(moment - LONGEST_MS));
  }
  if (minDurationMs !== undefined) rows = rows.where("duration_ms", ">=", minDurationMs);
  if (cursor !== undefined) rows = rows.where("key", "<", cursor);
  return rows;
}

/** Converts a row for readers. */
function readRow(row: Selectable<LogTables["call_log"]>): CallLogRow {
  return {
    ...row,
    params: readJson(row.params),
    result: readJson(row.result),
    error_details: readJson(row.error_details),
    wait_for_ack: Boolean(row.wait_for_ack),
    created_at: isoOf(row.created_at),
    finished_at: row.finished_at === null ? null : isoOf(row.finished_at),
  };
}

function isoOf(milliseconds: number | string): string {
  return new Date(Number(milliseconds)).toISOString();
}

function readJson(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}
