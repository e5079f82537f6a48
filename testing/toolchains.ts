// Finds the other languages' tools for the tests. `npm test` installs what they need before.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");

/** The interpreter of the virtual environment that `npm test` makes, or undefined. */
export function findPython(): string | undefined {
  const python = resolve(root, ".cache/venv/bin/python");
  return orMissing("Python", existsSync(python) ? python : undefined);
}

/** The `go` command, or undefined. */
export function findGo(): string | undefined {
  return orMissing("Go", spawnSync("go", ["version"]).status === 0 ? "go" : undefined);
}

/** A real Centrifugo: `CENTRIFUGO_BIN`, or the one that `npm test` builds; or undefined. */
export function findCentrifugo(): string | undefined {
  const built = resolve(root, ".cache/centrifugo");
  const binary = resolve(process.env["CENTRIFUGO_BIN"] || built);
  return orMissing("Centrifugo", existsSync(binary) ? binary : undefined);
}

/** The staticcheck that `npm test` builds, or undefined. */
export function findStaticcheck(): string | undefined {
  const binary = resolve(root, ".cache/staticcheck");
  return orMissing("staticcheck", existsSync(binary) ? binary : undefined);
}

/** A program on the path, as `redis-server` or `chromium`, or undefined. */
export function findProgram(name: string): string | undefined {
  const { status } = spawnSync(name, ["--version"]);
  return orMissing(name, status === 0 ? name : undefined);
}

/** The folder of PostgreSQL's programs: Debian keeps them off the path; or undefined. */
export function findPostgres(): string | undefined {
  const versions = "/usr/lib/postgresql";
  const folders = (existsSync(versions) ? readdirSync(versions) : [])
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(versions, version, "bin"));
  const found = [...folders, ...(process.env["PATH"] ?? "").split(delimiter)].find((folder) =>
    ["initdb", "postgres"].every((program) => existsSync(join(folder, program))),
  );
  return orMissing("PostgreSQL", found);
}

/** Tests leave out a language that is not on the machine, except on CI, where they fail. */
function orMissing(tool: string, found: string | undefined): string | undefined {
  if (found === undefined && process.env["CI"]) {
    throw new Error(`${tool} is missing: on CI nothing may be left out`);
  }
  return found;
}
