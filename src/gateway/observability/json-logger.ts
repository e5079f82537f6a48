import { pino, type LevelWithSilent, type Logger } from "pino";
import { SECRET_FIELDS, type CentrifugoConfig } from "../../config/index.js";

/** The log levels of the configuration as pino names them. */
const PINO_LEVELS = {
  DEBUG: "debug",
  INFO: "info",
  WARNING: "warn",
  ERROR: "error",
  NONE: "silent",
} as const satisfies Record<CentrifugoConfig["logLevel"], LevelWithSilent>;

/**
 * A logger that writes JSON lines to the standard output, from `config.logLevel` on. Values are
 * escaped, so no value can end a line or forge another one. Secrets of the configuration are hidden:
 * a configuration inside a line hides its own, and this logger hides those of one that is the line.
 * It does not use pino's `redact`, which costs time on every line.
 */
export function createLogger({ logLevel }: Pick<CentrifugoConfig, "logLevel">): Logger {
  const serializers = Object.fromEntries(SECRET_FIELDS.map((field) => [field, () => "[secret]"]));
  return pino({ level: PINO_LEVELS[logLevel], serializers });
}
