import { createHash } from "node:crypto";
import type { CompiledQuery, QueryResult } from "kysely";
import { ArgumentError } from "../protocol/index.js";
import type { ConnectionContext } from "./connection-context.js";

/** A transaction of Kysely on PostgreSQL. */
export interface KyselyTransaction {
  readonly isTransaction: boolean;
  executeQuery<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>>;
}

/** A client of the package `pg`, on which `BEGIN` has run. */
export interface PgTransaction {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>;
}

// The result is JSON, or empty for undefined. It is null until the effect has ended.
const INSERT = `INSERT INTO centrifugo_rpc_calls (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id`;
const SELECT = `SELECT result FROM centrifugo_rpc_calls WHERE id = $1`;
const DELETE = `DELETE FROM centrifugo_rpc_calls WHERE id = $1`;
// The insertion has assigned an ID to the transaction, unless it was a transaction by itself.
const UPDATE = `
UPDATE centrifugo_rpc_calls SET result = $2
WHERE id = $1 AND txid_current_if_assigned() IS NOT NULL RETURNING id`;

/**
 * Runs `effect` once for a call, however often the call is repeated: its result is stored in the
 * table `centrifugo_rpc_calls`, in the same transaction as what it does to the database. A repeated
 * call gets the stored result. Use it once in a handler, and roll back if it throws.
 *
 * Calls are the same if they have the same user, method and idempotency key, or correlation ID if
 * they have no key. docs/backend-guide.md has the statement that creates the table.
 *
 * @param tx a transaction of Kysely, or a client of `pg` on which `BEGIN` has run.
 * @returns the result of `effect`, as JSON has it.
 * @throws ArgumentError if `tx` is not in a transaction.
 */
export async function once<Result>(
  conn: Pick<ConnectionContext, "userId" | "method" | "correlationId" | "idempotencyKey">,
  tx: KyselyTransaction | PgTransaction,
  effect: () => Promise<Result>,
): Promise<Result> {
  const query = await queryOf(tx);
  const id = callId(conn);
  if ((await query(INSERT, [id])).length === 0) {
    const [call] = (await query(SELECT, [id])) as { result: string | null }[];
    return fromText(call?.result) as Result;
  }
  const text = toText(await effect());
  if ((await query(UPDATE, [id, text])).length === 0) {
    await query(DELETE, [id]);
    throw notInTransaction();
  }
  return fromText(text) as Result;
}

type Query = (sql: string, values: string[]) => Promise<unknown[]>;

async function queryOf(tx: KyselyTransaction | PgTransaction): Promise<Query> {
  if (!("executeQuery" in tx)) return async (sql, values) => (await tx.query(sql, values)).rows;
  if (!tx.isTransaction) throw notInTransaction();
  const { CompiledQuery } = await import("kysely");
  return async (sql, values) => (await tx.executeQuery(CompiledQuery.raw(sql, values))).rows;
}

function callId({
  userId,
  method,
  correlationId,
  idempotencyKey,
}: Parameters<typeof once>[0]): string {
  const key = idempotencyKey === undefined ? ["id", correlationId] : ["key", idempotencyKey];
  return createHash("sha256")
    .update([userId, method, ...key].join("\0"))
    .digest("hex");
}

function toText(result: unknown): string {
  return JSON.stringify(result) ?? "";
}

function fromText(text: string | null | undefined): unknown {
  if (text === "") return undefined;
  if (typeof text === "string") return JSON.parse(text);
  throw new Error(
    "the first run of this call failed, but its transaction was not rolled back: roll back when once() throws",
  );
}

function notInTransaction(): ArgumentError {
  return new ArgumentError("once() needs a transaction: call it inside one, and pass it");
}
