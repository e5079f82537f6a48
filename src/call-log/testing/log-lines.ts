import type { Logger } from "../../handlers/index.js";

/** A line that was logged. */
export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A logger that keeps its lines. */
export function recordingLogger(): { log: Logger; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const method =
    (level: LogLine["level"]) =>
    (data: object | string, message = ""): void => {
      if (typeof data === "string") lines.push({ level, message: data, data: {} });
      else lines.push({ level, message, data: { ...data } });
    };
  const log: Logger = {
    debug: method("debug"),
    info: method("info"),
    warn: method("warn"),
    error: method("error"),
    child: () => log,
  };
  return { log, lines };
}
