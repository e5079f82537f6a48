import type { ColumnType, Kysely, Migration } from "kysely";
import type { StoredRow } from "../rows/row.js";

/** The tables, for both databases. */
export interface LogTables {
  call_log: Omit<StoredRow, "created_at" | "finished_at" | "wait_for_ack"> & {
    // `pg` returns large integers as text; SQLite returns booleans as 0 and 1.
    created_at: ColumnType<number | string, number, number>;
    finished_at: ColumnType<number | string | null, number | null, number | null>;
    wait_for_ack: ColumnType<boolean | number, boolean, boolean>;
  };
}

/** The columns of `call_log`, in the order in which rows are written. */
export const COLUMNS = [
  "key",
  "id",
  "kind",
  "target",
  "user_id",
  "client_id",
  "trace_id",
  "status",
  "params",
  "result",
  "error_code",
  "error_message",
  "error_details",
  "wait_for_ack",
  "acks_expected",
  "acks_received",
  "attempts",
  "duration_ms",
  "gateway",
  "created_at",
  "finished_at",
] as const satisfies readonly (keyof StoredRow)[];

/** The columns that change when a call or publication ends. */
export const CHANGING_COLUMNS = [
  "status",
  "trace_id",
  "result",
  "error_code",
  "error_message",
  "error_details",
  "acks_expected",
  "acks_received",
  "attempts",
  "duration_ms",
  "finished_at",
] as const satisfies readonly (keyof StoredRow)[];

/**
 * The migrations, in the order of their names. A released migration never changes, and new ones only
 * add tables, nullable columns and indexes, because older versions use the result too. In a file they
 * do not run in a transaction: each must be able to run again after an interruption.
 */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "0001_call_log": {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("call_log")
        .ifNotExists()
        .addColumn("key", "uuid", (column) => column.primaryKey())
        .addColumn("id", "text", (column) => column.notNull())
        .addColumn("kind", "text", (column) => column.notNull())
        .addColumn("target", "text", (column) => column.notNull())
        .addColumn("user_id", "text")
        .addColumn("client_id", "text")
        .addColumn("trace_id", "text")
        .addColumn("status", "text", (column) => column.notNull())
        .addColumn("params", "text")
        .addColumn("result", "text")
        .addColumn("error_code", "integer")
        .addColumn("error_message", "text")
        .addColumn("error_details", "text")
        .addColumn("wait_for_ack", "boolean", (column) => column.notNull())
        .addColumn("acks_expected", "integer")
        .addColumn("acks_received", "integer")
        .addColumn("attempts", "integer", (column) => column.notNull())
        .addColumn("duration_ms", "double precision")
        .addColumn("gateway", "text", (column) => column.notNull())
        .addColumn("created_at", "bigint", (column) => column.notNull())
        .addColumn("finished_at", "bigint")
        .execute();
      // Keys follow the time, so each index also returns the newest first.
      const indexes = {
        call_log_id: ["id"],
        call_log_target: ["target", "key"],
        call_log_user: ["user_id", "key"],
        call_log_status: ["status", "key"],
        call_log_finished: ["finished_at"],
      };
      for (const [name, columns] of Object.entries(indexes)) {
        await db.schema.createIndex(name).ifNotExists().on("call_log").columns(columns).execute();
      }
    },
  },
};
