import { z } from "zod";
import { CallLogQueryError } from "../errors.js";
import {
  CALL_LOG_STATUSES,
  type CallLogKind,
  type CallLogRow,
  type CallLogStatus,
} from "../rows/row.js";

/** Selects the rows that match every field that is set. */
export interface CallLogFilter {
  /** A correlation ID or a message ID. */
  id?: string;
  kind?: CallLogKind;
  /** Calls of this method. */
  method?: string;
  /** Publications to this channel. */
  channel?: string;
  /** Calls of this user. */
  user?: string;
  /** Any of these. */
  status?: readonly CallLogStatus[];
  /** Calls and publications that began at this time or later. */
  since?: Date;
  /** Calls and publications that began before this time. */
  until?: Date;
  /** Calls and publications that ended at this time or later. */
  finishedSince?: Date;
  /** The shortest duration, in milliseconds. */
  minDurationMs?: number;
}

/** A filter and a page of its rows. */
export interface CallLogQuery extends CallLogFilter {
  /** 1 to 1000 rows. Default 100. */
  limit?: number;
  /** The `next` of the previous page. Default: the first page. */
  cursor?: string;
}

/** A page of rows, the newest first. */
export interface CallLogPage {
  rows: CallLogRow[];
  /** The cursor of the next page. Absent on the last one. */
  next?: string;
}

/** The largest number of rows in a page. */
export const MAX_PAGE_ROWS = 1000;

const text = z.string().min(1, "must not be empty");
const moment = z.iso
  .datetime({ offset: true, error: "must be a date and time like 2026-01-31T12:00:00Z" })
  .transform((iso) => new Date(iso));
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The parameters of `GET /api/logs`. */
const querySchema = z.strictObject({
  id: text.optional(),
  kind: z.enum(["call", "publish"], "must be call or publish").optional(),
  method: text.optional(),
  channel: text.optional(),
  user: text.optional(),
  status: z
    .string()
    .transform((list) => list.split(","))
    .pipe(
      z.array(z.enum(CALL_LOG_STATUSES, `must be one or more of ${CALL_LOG_STATUSES.join(", ")}`)),
    )
    .optional(),
  since: moment.optional(),
  until: moment.optional(),
  finished_since: moment.optional(),
  min_duration_ms: z.coerce
    .number("must be a number of milliseconds")
    .min(0, "must be 0 or more")
    .optional(),
  limit: z.coerce
    .number("must be a number of rows")
    .int("must be a whole number")
    .min(1, "must be 1 or more")
    .max(MAX_PAGE_ROWS, `must be ${MAX_PAGE_ROWS} or less`)
    .optional(),
  cursor: z.string().regex(UUID, 'must be the "next" of another page').optional(),
});

/**
 * Reads a query from the parameters of a URL, as {@link logQueryParams} writes them.
 *
 * @throws CallLogQueryError that lists every wrong parameter.
 */
export function readLogQuery(params: URLSearchParams): CallLogQuery {
  const given: Record<string, string> = Object.fromEntries(params);
  const parsed = querySchema.safeParse(given);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) =>
      issue.code === "unrecognized_keys"
        ? `${issue.keys.join(", ")}: unknown parameter`
        : `${String(issue.path[0])}: ${issue.message}`,
    );
    throw new CallLogQueryError(`invalid query: ${wrong.join("; ")}`);
  }
  const { finished_since, min_duration_ms, ...same } = parsed.data;
  const query = { ...same, finishedSince: finished_since, minDurationMs: min_duration_ms };
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}

/** Writes a query as the parameters of a URL. */
export function logQueryParams(query: CallLogQuery): URLSearchParams {
  const { status, since, until, finishedSince, minDurationMs, limit, ...texts } = query;
  const params: Record<string, string | undefined> = {
    ...texts,
    status: status?.join(","),
    since: since?.toISOString(),
    until: until?.toISOString(),
    finished_since: finishedSince?.toISOString(),
    min_duration_ms: minDurationMs?.toString(),
    limit: limit?.toString(),
  };
  const given = Object.entries(params).filter((entry): entry is [string, string] => !!entry[1]);
  return new URLSearchParams(given);
}

/** @throws CallLogQueryError for a limit, cursor, status or date out of range. */
export function checkQuery(query: CallLogQuery): void {
  const { limit = 1, cursor, status, since, until, finishedSince } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE_ROWS) {
    throw new CallLogQueryError(`limit: must be a whole number from 1 to ${MAX_PAGE_ROWS}`);
  }
  if (cursor !== undefined && !UUID.test(cursor)) {
    throw new CallLogQueryError('cursor: must be the "next" of another page');
  }
  if (status?.length === 0) throw new CallLogQueryError("status: must name one or more");
  for (const [name, date] of Object.entries({ since, until, finishedSince })) {
    if (date && Number.isNaN(date.getTime()))
      throw new CallLogQueryError(`${name}: is not a valid date`);
  }
}
