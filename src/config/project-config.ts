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
  /** Takes precedence over all other sources. */
  given?: ConfigInput;
  /** Replaces the defaults of fields that no other source sets. */
  fallback?: ConfigInput;
  /** The folder of `.env` and `centrifugo-rpc.config.ts`. Default: the working directory. */
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
 * `process.env` does not change, and a variable that is set there, even to an empty string, takes
 * precedence over `.env`.
 *
 * @throws ConfigError with one message that lists every invalid or missing field and where it is set,
 * or if a file cannot be read.
 */
export async function loadProjectConfig(
  options: ProjectConfigOptions = {},
): Promise<CentrifugoConfig> {
  return configFrom(await projectSources(options));
}

/** Like {@link loadProjectConfig}, but returns only fields that are set or derived. */
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

/** Reads the `.env` of a folder; returns `{}` if there is none. */
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
    throw new ConfigError(`found both ${name} and ${basename(other)}: keep one of them`);
  }
  return [{ values: await loadConfigFile(path, name), place: () => `in ${name}` }];
}

async function loadConfigFile(path: string, name: string): Promise<Record<string, unknown>> {
  // Imported on demand: programs without a configuration file do not need the TypeScript loader.
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
  throw new ConfigError(
    `${name} does not export a configuration: write "export default defineConfig({ … })"`,
  );
}
