import {
  type CallLogFilter,
  type CallLogQuery,
  type CallLogReader,
  type CallLogRow,
  type CallLogStatus,
  followLog,
  MAX_PAGE_ROWS,
} from "../../call-log/index.js";
import { loadProjectSettings } from "../../config/index.js";
import { requireEnabled } from "../enabled.js";
import { formatRow } from "../output/log-rows.js";
import { openLogSource } from "../project/log-source.js";
import { untilStopped } from "../process.js";

export interface LogsOptions {
  id?: string;
  method?: string;
  channel?: string;
  user?: string;
  status?: CallLogStatus[];
  since?: Date;
  until?: Date;
  minDuration?: number;
  limit: number;
  follow?: true;
  json?: true;
}

/** `logs`: prints rows of the call log, newest last. */
export async function logs({ limit, follow, json, minDuration, ...same }: LogsOptions) {
  const settings = await loadProjectSettings();
  requireEnabled(settings);
  const source = openLogSource(settings);
  const filter = { ...same, ...(minDuration !== undefined && { minDurationMs: minDuration }) };
  const print = (row: CallLogRow): void => {
    process.stdout.write(`${json ? JSON.stringify(row) : formatRow(row)}\n`);
  };
  try {
    if (follow) await printNew(source, filter, print);
    else for (const row of await newest(source, filter, limit)) print(row);
  } finally {
    await source.close();
  }
}

/** The newest `limit` rows, oldest first. */
async function newest(
  source: CallLogReader,
  filter: CallLogFilter,
  limit: number,
): Promise<CallLogRow[]> {
  const rows: CallLogRow[] = [];
  let query: CallLogQuery = filter;
  for (;;) {
    const left = Math.min(limit - rows.length, MAX_PAGE_ROWS);
    const page = await source.query({ ...query, limit: left });
    rows.push(...page.rows);
    if (page.next === undefined || rows.length === limit) return rows.toReversed();
    query = { ...filter, cursor: page.next };
  }
}

async function printNew(
  source: CallLogReader,
  { since, ...filter }: CallLogFilter,
  print: (row: CallLogRow) => void,
): Promise<void> {
  const stop = new AbortController();
  void untilStopped().then(() => stop.abort());
  const options = { signal: stop.signal, ...(since && { from: since }) };
  for await (const row of followLog((query) => source.query(query), filter, options)) print(row);
}
