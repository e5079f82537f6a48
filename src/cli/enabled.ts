import { CliError } from "./output/cli-error.js";

const OFF = "the integration is disabled (enabled, CENTRIFUGO_ENABLED)";

/**
 * Whether a command that runs something may run. If not, logs why; the command exits with code 0.
 *
 * @param what for example "nothing is served".
 */
export function runs(config: { enabled?: boolean | undefined }, what: string): boolean {
  if (config.enabled !== false) return true;
  process.stderr.write(`${OFF}: ${what}\n`);
  return false;
}

/**
 * For commands whose output is needed.
 *
 * @throws CliError when the integration is disabled.
 */
export function requireEnabled(config: { enabled?: boolean | undefined }): void {
  if (config.enabled === false) throw new CliError(`${OFF}: enable it to use this command`);
}
