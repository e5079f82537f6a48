import type { LevelWithSilent } from "pino";
import type { CentrifugoConfig } from "../server/index.js";
import { CliError } from "./cli-error.js";

/** Our log levels in pino's words. */
export const PINO_LEVELS = {
  DEBUG: "debug",
  INFO: "info",
  WARNING: "warn",
  ERROR: "error",
  NONE: "silent",
} as const satisfies Record<CentrifugoConfig["logLevel"], LevelWithSilent>;

/**
 * The level of `CENTRIFUGO_LOG_LEVEL`, or `WARNING`: for `dev`, which needs no other configuration.
 *
 * @throws CliError for what is no level.
 */
export function devLogLevel(): CentrifugoConfig["logLevel"] {
  const level = (process.env["CENTRIFUGO_LOG_LEVEL"] || "WARNING").toUpperCase();
  if (Object.hasOwn(PINO_LEVELS, level)) return level as CentrifugoConfig["logLevel"];
  throw new CliError(`CENTRIFUGO_LOG_LEVEL must be ${Object.keys(PINO_LEVELS).join(", ")}`);
}
