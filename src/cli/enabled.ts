import { CliError } from "./output/cli-error.js";

const OFF = "the integration is off (enabled, CENTRIFUGO_ENABLED)";

/**
 * For commands that run something: whether to. When not, it says so, and the command ends well.
 *
 * @param what as in "nothing is served".
 */
export function runs(config: { enabled?: boolean | undefined }, what: string): boolean {
  if (config.enabled !== false) return true;
  process.stderr.write(`${OFF}: ${what}\n`);
  return false;
}

/**
 * For commands whose result others need.
 *
 * @throws CliError when the integration is off.
 */
export function requireEnabled(config: { enabled?: boolean | undefined }): void {
  if (config.enabled === false) throw new CliError(`${OFF}: turn it on for this command`);
}
