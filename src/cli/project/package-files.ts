import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join, posix, sep } from "node:path";

/** The root of this package, at the same distance from `src` and `dist`. */
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** The files of src/protocol that the TypeScript client uses. */
const CLIENT_PROTOCOL_FILES = [
  "centrifugo-errors.ts",
  "contract.ts",
  "deadline.ts",
  "envelope.ts",
  "errors.ts",
  "json.ts",
  "rpc-error.ts",
  "user-channel.ts",
  "uuid.ts",
];

/** This package's version. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    version: string;
  };
  return version;
}

/** The base client of each language, as path → text; generated clients carry it unchanged. */
export const runtimes = {
  typescript: () =>
    new Map([
      ...sources("src", "client", isClient),
      ...sources("src", "protocol", (file) => CLIENT_PROTOCOL_FILES.includes(file)),
    ]),
  python: () => sources("clients/python/centrifugo_rpc_client", ".", isPython),
  go: () => sources("clients/go", ".", isGo),
};

function isClient(file: string): boolean {
  return /^(?:codec\/)?[\w-]+\.ts$/.test(file);
}

function isPython(file: string): boolean {
  return file.endsWith(".py");
}

function isGo(file: string): boolean {
  return /^go\.(mod|sum)$/.test(file) || (file.endsWith(".go") && !file.endsWith("_test.go"));
}

/** The files of `folder` that `accepts` accepts, by their path from `base`. */
function sources(
  base: string,
  folder: string,
  accepts: (path: string) => boolean,
): Map<string, string> {
  const from = join(ROOT, base, folder);
  const paths = readdirSync(from, { recursive: true, encoding: "utf8" })
    .map((path) => path.split(sep).join("/"))
    .filter(accepts)
    .toSorted();
  return new Map(
    paths.map((path) => [posix.join(folder, path), readFileSync(join(from, path), "utf8")]),
  );
}
