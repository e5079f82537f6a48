import { createPublicKey, type KeyObject } from "node:crypto";
import { z } from "zod";

/** The minimum length of an RSA key for JWTs: https://www.rfc-editor.org/rfc/rfc7518#section-3.3 */
const SHORTEST_RSA_KEY = 2048;

/** Node.js' names of the curves of ES256, ES384 and ES512. */
const CURVES: readonly unknown[] = ["prime256v1", "secp384r1", "secp521r1"];

/** A public key in PEM form, or in a certificate, as in Centrifugo; `""` for none. */
export function publicKey(type: "rsa" | "ec") {
  return z
    .string()
    .default("")
    .transform((pem, context): KeyObject | undefined => {
      if (pem === "") return undefined;
      const key = readPem(pem);
      const problem = problemOf(key, type);
      if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
      return key;
    });
}

function readPem(pem: string): KeyObject | undefined {
  // Node.js would also accept a private key and return its public half.
  if (!/^-----BEGIN (PUBLIC KEY|CERTIFICATE)-----$/m.test(pem)) return undefined;
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}

function problemOf(key: KeyObject | undefined, type: "rsa" | "ec"): string | undefined {
  if (!key) return "write a PEM that begins with BEGIN PUBLIC KEY or BEGIN CERTIFICATE";
  if (key.asymmetricKeyType !== type) {
    return `write ${type === "rsa" ? "an RSA" : "an ECDSA"} key; this is ${key.asymmetricKeyType}`;
  }
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (type === "rsa" && modulusLength < SHORTEST_RSA_KEY) {
    return `write a key of ${SHORTEST_RSA_KEY} or more bits; this one has ${modulusLength}`;
  }
  if (type === "ec" && !CURVES.includes(namedCurve)) {
    return `write a key on P-256, P-384 or P-521; this one is on ${namedCurve}`;
  }
  return undefined;
}
