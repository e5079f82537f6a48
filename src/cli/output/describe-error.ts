import { ConnectionError } from "../../client/index.js";
import { ArgumentError, CodedError } from "../../protocol/index.js";
import { CliError } from "./cli-error.js";

/** The text to print for an error: the message if it is expected, else the stack. */
export function describeError(error: unknown): string {
  if (error instanceof ConnectionError) return `could not connect: ${error.message}`;
  for (const expected of [CliError, CodedError, ArgumentError]) {
    if (error instanceof expected) return error.message;
  }
  const { code, port } = error as { code?: string; port?: number };
  if (code === "EADDRINUSE") {
    return `port ${port} is in use: stop the program that listens there, or choose another port (see --help)`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
