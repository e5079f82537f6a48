import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { parse } from "dotenv";
import {
  ConfigError,
  configFrom,
  environmentSource,
  givenSource,
  settingsFrom,
  type CentrifugoConfig,
  type ConfigInput,
  type ConfigSource,
} from "./config.js";

/** The options of {@link loadProjectConfig}. */
export interface ProjectConfigOptions {
  /** What goes before everything else. */
  given?: ConfigInput;
  /** What stands in for fields that nothing gives, in place of the defaults. */
  fallback?: ConfigInput;
  /** Where `.env` and `centrifugo-rpc.config.ts` are. Default: the working directory. */
  folder?: string;
  /** Default: `process.env`. */
  env?: Readonly<Record<string, string | undefined>>;
}

const CONFIG_FILES = ["ts", "mts", "js", "mjs"].map((ending) => `centrifugo-rpc.config.${ending}`);

/**
 * Reads the configuration of a project, as the command line does: each field from the first that
 * has it of `given`, the environment, the file `.env`, the file `centrifugo-rpc.config.ts` (or
 * `.mts`, `.js`, `.mjs`), and its default.
 *
 * `.env` is only read: `process.env` stays as it is, and a variable that is set there, be it to
 * nothing, is not looked for in `.env`.
 *
 * @throws ConfigError with one message that lists every wrong or missing field and where it stands,
 * or when a file cannot be read.
 */
export async function loadProjectConfig(
  options: ProjectConfigOptions = {},
): Promise<CentrifugoConfig> {
  return configFrom(await projectSources(options));
}

/** As {@link loadProjectConfig}, but only the fields that something gives or that follow from them. */
export async function loadProjectSettings(
  options: ProjectConfigOptions = {},
): Promise<ConfigInput> {
  return settingsFrom(await projectSources(options));
}

async function projectSources(options: ProjectConfigOptions): Promise<ConfigSource[]> {
  const { given = {}, fallback = {}, folder = process.cwd(), env = process.env } = options;
  const file = readEnvironmentFile(folder);
  const placeOf = (variable: string): string =>
    Object.hasOwn(env, variable) ? "in the environment" : "in .env";
  return [
    givenSource(given),
    environmentSource({ ...file, ...env }, placeOf),
    ...(await configFileSource(folder)),
    givenSource(fallback),
  ];
}

/** What a folder's `.env` holds; nothing when there is none. */
export function readEnvironmentFile(folder: string = process.cwd()): Record<string, string> {
  const path = join(folder, ".env");
  if (!existsSync(path)) return {};
  try {
    return parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new ConfigError(`.env cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

async function configFileSource(folder: string): Promise<ConfigSource[]> {
  const found = CONFIG_FILES.map((name) => join(folder, name)).filter((path) => existsSync(path));
  const [path, other] = found;
  if (path === undefined) return [];
  const name = basename(path);
  if (other !== undefined) {
    throw new ConfigError(`there are ${name} and ${basename(other)}: keep one of them`);
  }
  return [{ values: await loadConfigFile(path, name), place: () => `in ${name}` }];
}

async function loadConfigFile(path: string, name: string): Promise<Record<string, unknown>> {
  // Loaded when it is needed: programs without such a file do without a loader of TypeScript.
  const { tsImport } = await import("tsx/esm/api");
  let exports: { default?: unknown };
  try {
    exports = (await tsImport(pathToFileURL(path).href, import.meta.url)) as typeof exports;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${name} cannot be loaded: ${reason}`, { cause: error });
  }
  const config = exports.default;
  if (typeof config === "object" && config !== null && !Array.isArray(config)) {
    return config as Record<string, unknown>;
  }
  throw new ConfigError(`${name} has no configuration: write "export default defineConfig({ … })"`);
}
