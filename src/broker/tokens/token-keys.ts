import { createHmac, timingSafeEqual, verify, type KeyObject } from "node:crypto";
import { DISCONNECTS } from "../protocol/codes.js";
import type { TokenConfig } from "../config/config-schema.js";
import { publishedKeys } from "./jwks.js";
import type { BrokerLog } from "../broker-log.js";
import { unixSeconds } from "../timers.js";
import { parseJwt, type Jwt } from "./jwt.js";

/** Whether a key has signed the token. */
type Verifier = (token: Jwt) => boolean | Promise<boolean>;

/** Excludes `none` and the PS family. */
const ALGORITHM = /^(HS|RS|ES)(256|384|512)$/;

/** Node.js' names of the curves of ES256, ES384 and ES512. */
const CURVES = new Map<string | undefined, string>([
  ["256", "prime256v1"],
  ["384", "secp384r1"],
  ["512", "secp521r1"],
]);

/**
 * Checks the signatures of JWTs with the keys of a configuration. A JWKS endpoint replaces all other
 * keys, as in Centrifugo.
 *
 * Source: https://centrifugal.dev/docs/server/authentication#configuration
 */
export class TokenKeys {
  readonly #verifiers: readonly Verifier[];

  constructor(config: TokenConfig, log: BrokerLog) {
    const { jwks_public_endpoint: endpoint } = config;
    this.#verifiers = endpoint === "" ? configuredVerifiers(config) : [jwksVerifier(endpoint, log)];
  }

  /**
   * The text of the claims of a token with a valid signature.
   *
   * @throws Disconnect 3500 for any other token.
   */
  async verify(token: string): Promise<string> {
    try {
      const jwt = parseJwt(token);
      for (const isSignedBy of this.#verifiers) if (await isSignedBy(jwt)) return jwt.claims;
    } catch {
      // Not a JWT, or its key could not be fetched.
    }
    throw DISCONNECTS.invalidToken;
  }
}

function configuredVerifiers(config: TokenConfig): Verifier[] {
  const { hmac_secret_key: secret, hmac_previous_secret_key: previous } = config;
  const { rsa_public_key: rsa, ecdsa_public_key: ecdsa } = config;
  const validUntil = config.hmac_previous_secret_key_valid_until;
  const isOver = () => validUntil > 0 && unixSeconds() > validUntil;
  return [
    ...(secret ? [(token: Jwt) => isHmac(token, secret)] : []),
    ...(previous ? [(token: Jwt) => !isOver() && isHmac(token, previous)] : []),
    ...[rsa, ecdsa].flatMap((key) => (key ? [(token: Jwt) => isSignature(token, key)] : [])),
  ];
}

function jwksVerifier(endpoint: string, log: BrokerLog): Verifier {
  const keyOf = publishedKeys(endpoint, log);
  return async (token) => isSignature(token, await keyOf(token));
}

function isHmac({ algorithm, signed, signature }: Jwt, secret: string): boolean {
  const [, family, bits] = ALGORITHM.exec(algorithm) ?? [];
  if (family !== "HS") return false;
  const expected = createHmac(`sha${bits}`, secret).update(signed).digest();
  return expected.length === signature.length && timingSafeEqual(expected, signature);
}

/** A key verifies only tokens whose algorithm is of its family and curve. */
function isSignature({ algorithm, signed, signature }: Jwt, key: KeyObject): boolean {
  const type = key.asymmetricKeyType;
  if (type === "ed25519") return algorithm === "EdDSA" && verify(null, signed, key, signature);
  const [, family, bits] = ALGORITHM.exec(algorithm) ?? [];
  if (family !== (type === "rsa" ? "RS" : "ES")) return false;
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (type !== "rsa" && curve !== CURVES.get(bits)) return false;
  return verify(`sha${bits}`, signed, { key, dsaEncoding: "ieee-p1363" }, signature);
}
