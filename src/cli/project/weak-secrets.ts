import { type Logger } from "../../handlers/index.js";
import { CONFIG_VARIABLES, type CentrifugoConfig } from "../../config/index.js";

/** The size of an HS256 hash: https://www.rfc-editor.org/rfc/rfc7518#section-3.2 */
const ENOUGH_BYTES = 32;

const FIELDS = [
  "centrifugoTokenHmacSecret",
  "centrifugoApiKey",
  "wrapperApiKey",
  "wrapperApiKeyPrevious",
  "proxySecret",
  "handlerServiceSecret",
] as const;

/**
 * Warns about weak secrets, by the names of their variables. The gateway starts anyway: a new secret
 * must reach Centrifugo and all callers at the same time.
 */
export function warnOfWeakSecrets(config: CentrifugoConfig, log: Pick<Logger, "warn">): void {
  const given = FIELDS.filter((field) => config[field] !== undefined);
  const named = (fields: typeof given) => fields.map((field) => CONFIG_VARIABLES[field]);
  const short = given.filter((field) => Buffer.byteLength(config[field] ?? "") < ENOUGH_BYTES);
  if (short.length > 0) {
    const message = `secrets shorter than ${ENOUGH_BYTES} bytes can be guessed; generate one with: openssl rand -base64 32`;
    log.warn({ variables: named(short) }, message);
  }
  const shared = given.filter((field) =>
    given.some((other) => other !== field && config[other] === config[field]),
  );
  if (shared.length > 0) {
    log.warn(
      { variables: named(shared) },
      "these variables share one value; give each its own secret",
    );
  }
}
