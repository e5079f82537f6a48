import { setTimeout as pause } from "node:timers/promises";
import type { CallLogFilter, CallLogPage, CallLogQuery } from "./log-query.js";
import { MAX_PAGE_ROWS } from "./log-query.js";
import type { CallLogRow } from "../rows/row.js";

/** Gateways write rows a moment after the calls end, and not in that order. */
const OVERLAP_MS = 15_000;

/** The options of {@link followLog}. */
export interface FollowOptions {
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
  /** The earliest end. Default: now. */
  readonly from?: Date;
  /** The polling interval, in milliseconds. Default 1000. */
  readonly intervalMs?: number;
}

/**
 * Yields each matching row once, after its call or publication ends. It polls, so it works with any
 * number of gateways.
 *
 * @param query returns a page: {@link CallLog.query}, or a function that calls an HTTP API.
 * @throws what `query` throws.
 */
export async function* followLog(
  query: (query: CallLogQuery) => Promise<CallLogPage>,
  filter: CallLogFilter = {},
  options: FollowOptions = {},
): AsyncGenerator<CallLogRow, void, undefined> {
  const { signal, from = new Date(), intervalMs = 1000 } = options;
  let given = new Map<string, number>();
  let newest = from.getTime();
  const isStopped = (): boolean => signal?.aborted ?? false;
  while (!isStopped()) {
    const since = Math.max(from.getTime(), newest - OVERLAP_MS);
    const rows = await allRows(query, { ...filter, finishedSince: new Date(since) });
    for (const row of rows.filter(({ key }) => !given.has(key))) {
      given.set(row.key, finishOf(row));
      newest = Math.max(newest, finishOf(row));
      yield row;
    }
    given = new Map([...given].filter(([, finish]) => finish >= since));
    await pause(intervalMs, undefined, signal && { signal }).catch(() => undefined);
  }
}

/** The rows of all pages, ordered by their ends. */
async function allRows(
  query: (query: CallLogQuery) => Promise<CallLogPage>,
  filter: CallLogFilter,
): Promise<CallLogRow[]> {
  const rows: CallLogRow[] = [];
  let cursor: string | undefined;
  do {
    const page = await query({ ...filter, limit: MAX_PAGE_ROWS, ...(cursor && { cursor }) });
    rows.push(...page.rows);
    cursor = page.next;
  } while (cursor !== undefined);
  return rows.toSorted((a, b) => finishOf(a) - finishOf(b));
}

function finishOf(row: CallLogRow): number {
  return row.finished_at === null ? 0 : Date.parse(row.finished_at);
}
