import { pino, type LevelWithSilent, type Logger } from "pino";
import { SECRET_FIELDS, type CentrifugoConfig } from "../server/index.js";

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
 * make another; fields with the names of our secrets are hidden.
 */
export function createLogger({ logLevel }: Pick<CentrifugoConfig, "logLevel">): Logger {
  const paths = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]);
  return pino({ level: PINO_LEVELS[logLevel], redact: { paths, censor: "[secret]" } });
}
