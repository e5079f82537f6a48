import { pino, type LevelWithSilent, type Logger } from "pino";
import { SECRET_FIELDS, type CentrifugoConfig } from "../../config/index.js";

/** Our log levels in pino's words. */
const PINO_LEVELS = {
  DEBUG: "debug",
  INFO: "info",
  WARNING: "warn",
  ERROR: "error",
  NONE: "silent",
} as const satisfies Record<CentrifugoConfig["logLevel"], LevelWithSilent>;

/**
 * Writes JSON lines to the standard output. What a line holds is escaped, so no value can end it or
 * make another. Our own secrets are hidden: a configuration within a line hides them by itself, and
 * those of one that is the line are hidden here. Not by pino's `redact`: each line pays for it.
 */
export function createLogger({ logLevel }: Pick<CentrifugoConfig, "logLevel">): Logger {
  const serializers = Object.fromEntries(SECRET_FIELDS.map((field) => [field, () => "[secret]"]));
  return pino({ level: PINO_LEVELS[logLevel], serializers });
}
