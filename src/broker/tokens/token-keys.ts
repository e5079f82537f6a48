import { compactVerify, type CompactVerifyGetKey } from "jose";
import { DISCONNECTS } from "../protocol/codes.js";
import type { TokenConfig } from "../config/config-schema.js";
import { publishedKeys } from "./jwks.js";
import type { BrokerLog } from "../broker-log.js";
import { unixSeconds } from "../timers.js";

/** A key, and the algorithms for which it is meant: it verifies no token of another one. */
interface Verifier {
  algorithms: string[];
  key: CompactVerifyGetKey;
}

const HMAC = ["HS256", "HS384", "HS512"];
const RSA = ["RS256", "RS384", "RS512"];
const ECDSA = ["ES256", "ES384", "ES512"];

/**
 * Checks the signatures of JWTs with the keys of a configuration. With a JWKS endpoint all other
 * keys are left out, as in Centrifugo.
 *
 * Source: https://centrifugal.dev/docs/server/authentication#configuration
 */
export class TokenKeys {
  readonly #verifiers: readonly Verifier[];

  constructor(config: TokenConfig, log: BrokerLog) {
    const { jwks_public_endpoint: endpoint } = config;
    this.#verifiers =
      endpoint === ""
        ? configuredVerifiers(config)
        : [{ algorithms: [...RSA, ...ECDSA, "EdDSA"], key: publishedKeys(endpoint, log) }];
  }

  /**
   * The text of the claims of a token with a right signature.
   *
   * @throws Disconnect 3500 for any other token.
   */
  async verify(token: string): Promise<string> {
    for (const { key, algorithms } of this.#verifiers) {
      try {
        const { payload } = await compactVerify(token, key, { algorithms });
        return new TextDecoder().decode(payload);
      } catch {
        // The next key may be the right one.
      }
    }
    throw DISCONNECTS.invalidToken;
  }
}

function configuredVerifiers(config: TokenConfig): Verifier[] {
  const { hmac_secret_key: secret, hmac_previous_secret_key: previous } = config;
  const { rsa_public_key: rsa, ecdsa_public_key: ecdsa } = config;
  const validUntil = config.hmac_previous_secret_key_valid_until;
  return [
    ...(secret ? [{ algorithms: HMAC, key: () => bytes(secret) }] : []),
    ...(previous ? [{ algorithms: HMAC, key: () => bytes(unlessPast(validUntil, previous)) }] : []),
    ...(rsa ? [{ algorithms: RSA, key: () => rsa }] : []),
    ...(ecdsa ? [{ algorithms: ECDSA, key: () => ecdsa }] : []),
  ];
}

/** @param moment In Unix seconds; 0 for never. */
function unlessPast(moment: number, secret: string): string {
  if (moment > 0 && unixSeconds() > moment) throw DISCONNECTS.invalidToken;
  return secret;
}

function bytes(secret: string): Uint8Array {
  return new TextEncoder().encode(secret);
}
