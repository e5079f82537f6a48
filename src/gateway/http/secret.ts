import { createHash, timingSafeEqual } from "node:crypto";
import { ArgumentError } from "../../protocol/index.js";

/** Whether `given` is one of the secrets, compared in constant time. */
export function isOneOf(given: string | undefined, secrets: readonly string[]): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const ours = digest(given ?? "");
  const matches = secrets.filter((secret) => timingSafeEqual(ours, digest(secret)));
  return given !== undefined && matches.length > 0;
}

/**
 * Refuses a secret that an HTTP header cannot carry; the message does not repeat it.
 *
 * @throws ArgumentError
 */
export function checkHeaderSecret(name: string, secret: string): void {
  // Also `undefined`, from an environment that does not have it.
  if (!secret) throw new ArgumentError(`${name} must not be empty`);
  if (!/^[!-~]([ -~]*[!-~])?$/.test(secret)) {
    throw new ArgumentError(`${name} must be printable ASCII without white space around it`);
  }
}

/**
 * Refuses a URL that is not usable for requests, or that has a password: `fetch` would refuse it
 * later with a message that repeats the password.
 *
 * @throws ArgumentError
 */
export function checkHttpUrl(name: string, url: string, example: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw new ArgumentError(`${name} must be a URL, as in ${example}`);
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw new ArgumentError(`${name} must not have a user name or a password in it`);
  }
}
