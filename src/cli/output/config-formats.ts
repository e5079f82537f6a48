import { stringify } from "yaml";
import { CliError } from "./cli-error.js";
import type { ConfigFormat } from "../option-values.js";

/** A value in a Centrifugo configuration. */
export type ConfigValue =
  | string
  | number
  | boolean
  | readonly string[]
  | readonly ConfigObject[]
  | { readonly [key: string]: ConfigValue };

/** Prints a Centrifugo configuration in each format, ending with a newline. */
export const formatConfig: Record<ConfigFormat, (config: ConfigObject) => string> = {
  json: (config) => `${JSON.stringify(config, null, 2)}\n`,
  yaml: (config) => stringify(config),
  env: environmentFile,
};

/** A Centrifugo configuration, or a part of one. */
export interface ConfigObject {
  readonly [key: string]: ConfigValue;
}

/** Maps whose keys are user data and therefore not part of a variable name. */
const MAPS = ["static_headers"];

/**
 * Prints lines such as `CENTRIFUGO_HTTP_API_KEY='…'` for `.env` files, shells, systemd and Docker
 * Compose, all of which read text between single quotes literally.
 *
 * See https://centrifugal.dev/docs/server/configuration#os-environment-variables
 *
 * @throws CliError for a value that single quotes cannot hold.
 */
function environmentFile(config: ConfigObject): string {
  return environmentVariables(config)
    .map(([name, value]) => `${name}=${quoted(name, value)}\n`)
    .join("");
}

/** Name and value of each variable, without empty ones: Centrifugo treats those as unset. */
function environmentVariables(
  config: ConfigObject,
  prefix = "CENTRIFUGO",
): [name: string, value: string][] {
  const variables = Object.entries(config).flatMap(([key, value]): [string, string][] => {
    const name = `${prefix}_${key.toUpperCase()}`;
    if (typeof value !== "object") return [[name, String(value)]];
    if (MAPS.includes(key) || isObjectList(value)) return [[name, jsonText(value)]];
    if (Array.isArray(value)) return [[name, value.join(" ")]];
    return environmentVariables(value as ConfigObject, name);
  });
  return variables.filter(([, value]) => value !== "");
}

function isObjectList(value: ConfigValue): value is readonly ConfigObject[] {
  return Array.isArray(value) && value.some((member) => typeof member === "object");
}

/** JSON in which single quotes are escaped. */
function jsonText(value: object): string {
  return JSON.stringify(value).replaceAll("'", "\\u0027");
}

function quoted(name: string, value: string): string {
  if (/^[\w./:@%+,=-]+$/.test(value)) return value;
  if (!/['\r\n]/.test(value)) return `'${value}'`;
  throw new CliError(
    `${name} contains a single quote or a newline, which readers of environment files treat ` +
      `differently: choose another value, or use --format json or yaml`,
  );
}
