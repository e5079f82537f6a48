import { PostgresDialect } from "kysely";

/** The limit of one statement, so that a reader's query cannot run forever. */
const STATEMENT_TIMEOUT_MS = 30_000;

/** A Kysely dialect for PostgreSQL, through the package `pg`. */
export async function postgresDialect(url: string): Promise<PostgresDialect> {
  const { default: pg } = await import("pg");
  const pool = new pg.Pool({
    connectionString: url,
    // One writes, others read.
    max: 4,
    connectionTimeoutMillis: 5000,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
    application_name: "centrifugo-rpc",
  });
  // If a connection breaks, the next statement fails.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => void client.on("error", () => undefined));
  return new PostgresDialect({ pool });
}
