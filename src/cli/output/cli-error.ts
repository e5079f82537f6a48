/** An error that the user can fix: the message says how, and the command exits with code 1. */
export class CliError extends Error {
  override readonly name = "CliError";
}
