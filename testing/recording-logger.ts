import { vi } from "vitest";
import type { Logger } from "../src/handlers/index.js";

/** A line that was logged. */
export interface LoggedLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly [field: string]: unknown;
}

/** A logger that keeps its lines. */
export function recordingLogger(): {
  readonly log: Logger;
  readonly lines: LoggedLine[];
  /** The first line with this message, once it is there. */
  logged(message: string): Promise<LoggedLine>;
} {
  const lines: LoggedLine[] = [];
  const method =
    (level: LoggedLine["level"]) =>
    (data: object | string, message = "") =>
      void lines.push(
        typeof data === "string" ? { level, message: data } : { ...data, level, message },
      );
  const log: Logger = {
    debug: method("debug"),
    info: method("info"),
    warn: method("warn"),
    error: method("error"),
    child: () => log,
  };
  return {
    log,
    lines,
    logged: async (message) =>
      await vi.waitUntil(() => lines.find((line) => line.message === message), {
        timeout: 30_000,
        interval: 5,
      }),
  };
}
