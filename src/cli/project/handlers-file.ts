import { statSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { tsImport } from "tsx/esm/api";
import { collectMethods, Registry, type Middleware } from "../../handlers/index.js";
import { CliError } from "../output/cli-error.js";

/** The files to try if none is named. */
const USUAL_FILES = ["handlers", "src/handlers", "handlers/index", "src/handlers/index"].flatMap(
  (name) => [`${name}.ts`, `${name}.js`, `${name}.mjs`],
);

/** The contents of a handlers file. */
export interface LoadedHandlers {
  registry: Registry;
  /** The export `middleware` of the file. */
  middleware: readonly Middleware[];
  /** Absolute paths of the file and its imports, without packages. */
  files: string[];
}

/**
 * The absolute path of the named handlers file, else of the first usual one that exists.
 *
 * @param services the handler services: with some, a handlers file is optional.
 * @throws CliError if there is none.
 */
export function findHandlersFile(
  named: string | undefined,
  services: readonly string[],
): string | undefined {
  if (named !== undefined) {
    const path = resolve(named);
    if (!isFile(path)) throw new CliError(`file ${named} does not exist`);
    return path;
  }
  const usual = USUAL_FILES.find(isFile);
  if (usual !== undefined) return resolve(usual);
  if (services.length > 0) return undefined;
  throw new CliError(
    `no handlers file: name one, for example "centrifugo-rpc dev src/handlers.ts" ` +
      `(tried ${USUAL_FILES.filter((path) => path.endsWith(".ts")).join(", ")}), ` +
      `or name handler services with --service or CENTRIFUGO_HANDLER_SERVICES`,
  );
}

/** The options of {@link loadHandlers}. */
export interface LoadOptions {
  /** The handler services: with some, the file need not register a method. */
  services: readonly string[];
  /** Called with each imported file, even if the import fails later. */
  onFile?: (path: string) => void;
}

/**
 * Imports a handlers file, in TypeScript or JavaScript, and collects the methods that it registers.
 * Each call reloads the file and its imports. Without a file there are none.
 *
 * @throws CliError if the file registers no method or exports an invalid `middleware`; and whatever
 * the file throws.
 */
export async function loadHandlers(
  path: string | undefined,
  { services, onFile }: LoadOptions,
): Promise<LoadedHandlers> {
  if (path === undefined) return { registry: new Registry(), middleware: [], files: [] };
  const files = new Set<string>();
  let exports: { middleware?: unknown } = {};
  const registry = await collectMethods(async () => {
    exports = (await tsImport(pathToFileURL(path).href, {
      parentURL: import.meta.url,
      onImport: (url) => {
        const file = localFile(url);
        if (file === undefined) return;
        files.add(file);
        onFile?.(file);
      },
    })) as typeof exports;
  });
  if (registry.list().length === 0 && services.length === 0) {
    throw new CliError(
      `no handler found: ${path} registers none. websocketRpc(name, schemas) returns a function that ` +
        `takes the handler: websocketRpc(name, schemas)(async (conn, params) => …)`,
    );
  }
  return {
    registry,
    middleware: readMiddleware(exports.middleware, path),
    files: [...files],
  };
}

function readMiddleware(exported: unknown = [], path: string): readonly Middleware[] {
  if (Array.isArray(exported) && exported.every((each) => typeof each === "function")) {
    return exported as Middleware[];
  }
  throw new CliError(
    `${path} exports a middleware that is not an array of functions: ` +
      `write "export const middleware: Middleware[] = [first, second]"`,
  );
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function localFile(url: string): string | undefined {
  if (!url.startsWith("file:") || url.includes("/node_modules/")) return undefined;
  return fileURLToPath(url);
}
