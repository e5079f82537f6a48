import { createRequire } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { CallLogError } from "../errors.js";

/** Where the rows of a call log are stored. */
export type LogLocation =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "postgres"; readonly url: string };

/**
 * Reads `file:PATH` (relative to the working directory), `file:///PATH`, `postgres://…` or
 * `postgresql://…`.
 *
 * @throws CallLogError for any other URL, and for PostgreSQL when the package `pg` is not installed.
 */
export function readLogLocation(url: string): LogLocation {
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) {
    requirePg();
    return { kind: "postgres", url };
  }
  const path = filePath(url);
  if (path !== undefined) return { kind: "file", path };
  // The message does not repeat the URL, which may contain a password.
  throw new CallLogError(
    "the URL of the call log's database must be file:PATH, as in file:.centrifugo-rpc/calls.db, " +
      "or postgres://user:password@host:5432/database",
    "CRPC_ARGUMENT_INVALID",
  );
}

function filePath(url: string): string | undefined {
  if (/^file:\/\/\/./.test(url)) return fileURLToPath(url);
  const [, path] = /^file:(?!\/\/)(.+)$/s.exec(url) ?? [];
  return path === undefined ? undefined : resolve(path);
}

function requirePg(): void {
  try {
    createRequire(import.meta.url).resolve("pg");
  } catch {
    throw new CallLogError(
      "a call log in PostgreSQL needs the package pg: run `npm install pg`, or use a file: URL",
    );
  }
}
