// The two databases of the call log, for tests that both have to pass.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { type PostgresProcess, startPostgres } from "./processes/postgres.js";
import { findPostgres } from "./toolchains.js";

const programs = findPostgres();

/** Declares cases for both databases; `newUrl` returns the URL of an empty one. */
export function describeDatabases(
  name: string,
  declare: (newUrl: () => Promise<string>) => void,
): void {
  describe(`a file: ${name}`, () => {
    const folder = mkdtempSync(join(tmpdir(), "call-log-"));
    let files = 0;
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    declare(async () => `file:${folder}/${++files}/calls.db`);
  });

  describePostgres(name, (postgres) => {
    declare(() => postgres().createDatabase());
  });
}

/** Declares cases for PostgreSQL, which are skipped if it is not installed. */
export function describePostgres(
  name: string,
  declare: (postgres: () => PostgresProcess) => void,
): void {
  describe.skipIf(programs === undefined)(`PostgreSQL: ${name}`, () => {
    let postgres: PostgresProcess;
    beforeAll(async () => {
      postgres = await startPostgres(programs ?? "");
    });
    afterAll(() => postgres?.close());
    declare(() => postgres);
  });
}
