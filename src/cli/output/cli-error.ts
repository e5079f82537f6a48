/** Something the user can mend: the message says what, and the command ends with exit code 1. */
export class CliError extends Error {
  override readonly name = "CliError";
}
