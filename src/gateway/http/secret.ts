import { createHash, timingSafeEqual } from "node:crypto";

/**
 * Whether `given` is one of the secrets, in a time that depends on none of the texts: the digests
 * are of one length, and all are compared.
 */
export function isOneOf(given: string | undefined, secrets: readonly string[]): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const ours = digest(given ?? "");
  const matches = secrets.filter((secret) => timingSafeEqual(ours, digest(secret)));
  return given !== undefined && matches.length > 0;
}

/**
 * Refuses a secret that no HTTP header can carry, without naming it.
 *
 * @throws TypeError
 */
export function checkHeaderSecret(name: string, secret: string): void {
  // Not `=== ""`: it may come from an environment that does not have it.
  if (!secret) throw new TypeError(`${name} must not be empty`);
  if (!/^[!-~]([ -~]*[!-~])?$/.test(secret)) {
    throw new TypeError(`${name} must be printable ASCII without white space around it`);
  }
}

/**
 * Refuses a URL that no request can be sent to. One with a password is among them: `fetch` would
 * refuse it later, with a message that repeats it.
 *
 * @throws TypeError
 */
export function checkHttpUrl(name: string, url: string, example: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw new TypeError(`${name} must be a URL, as in ${example}`);
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw new TypeError(`${name} must not have a user name or a password in it`);
  }
}
