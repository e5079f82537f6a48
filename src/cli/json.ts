import { text } from "node:stream/consumers";
import { CliError } from "./output/cli-error.js";

/** The value of a JSON text, or `undefined` if it is not valid JSON. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The value of a JSON text.
 *
 * @param what names the text in the message, as in "file.json is".
 * @throws CliError for invalid JSON.
 */
export function parseJson(text: string, what: string, hint = ""): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CliError(`${what} not valid JSON: ${(error as Error).message}${hint}`);
  }
}

/** The text of an argument, of which `-` stands for the standard input. */
export async function readArgument(argument: string): Promise<string> {
  return argument === "-" ? await text(process.stdin) : argument;
}
