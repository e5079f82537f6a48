import { stringify } from "yaml";
import { CliError } from "./cli-error.js";
import type { ConfigFormat } from "../option-values.js";

/** A value in a configuration of Centrifugo. */
export type ConfigValue =
  | string
  | number
  | boolean
  | readonly string[]
  | readonly ConfigObject[]
  | { readonly [key: string]: ConfigValue };

/** The forms in which Centrifugo takes its configuration, as text that ends with a line end. */
export const formatConfig: Record<ConfigFormat, (config: ConfigObject) => string> = {
  json: (config) => `${JSON.stringify(config, null, 2)}\n`,
  yaml: (config) => stringify(config),
  env: environmentFile,
};

/** A configuration, or a part of one. */
export interface ConfigObject {
  readonly [key: string]: ConfigValue;
}

/** Its keys are the user's own, so they do not become parts of a variable's name. */
const MAPS = ["static_headers"];

/**
 * Lines as in `CENTRIFUGO_HTTP_API_KEY='…'`, for `.env` files, shells, systemd and Docker Compose,
 * which all take what stands between single quotes as it is.
 *
 * See https://centrifugal.dev/docs/server/configuration#os-environment-variables
 *
 * @throws CliError for a value that cannot stand between single quotes.
 */
function environmentFile(config: ConfigObject): string {
  return environmentVariables(config)
    .map(([name, value]) => `${name}=${quoted(name, value)}\n`)
    .join("");
}

/** Name and value of each variable. An empty one is left out: to Centrifugo it is not set. */
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

/** A single quote may stand in a JSON text as an escape. */
function jsonText(value: object): string {
  return JSON.stringify(value).replaceAll("'", "\\u0027");
}

function quoted(name: string, value: string): string {
  if (/^[\w./:@%+,=-]+$/.test(value)) return value;
  if (!/['\r\n]/.test(value)) return `'${value}'`;
  throw new CliError(
    `${name} contains a single quote or a line end, which readers of environment files take ` +
      `differently: choose another value, or use --format json or yaml`,
  );
}
