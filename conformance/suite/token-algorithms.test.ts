// Which tokens a broker accepts: algorithms, keys, and forgeries that must fail.
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CentrifugoRPCClient } from "centrifugo-rpc/client";
import type { Stack } from "../stack/stack.js";
import { eachBroker } from "./pairs.js";

const SECRET = "algorithms-hmac-secret";
const AUDIENCE = "app";
const ISSUER = "https://issuer.example.com";
const rightClaims = { aud: AUDIENCE, iss: ISSUER };

const rsaKey = () => generateKeyPairSync("rsa", { modulusLength: 2048 });
const ecdsaKey = (namedCurve: string) => generateKeyPairSync("ec", { namedCurve });
const rsa = rsaKey();
const otherRsa = rsaKey();
const ecdsa = { ES256: ecdsaKey("P-256"), ES384: ecdsaKey("P-384"), ES512: ecdsaKey("P-521") };
const otherEcdsa = ecdsaKey("P-256");
const edwards = generateKeyPairSync("ed25519");

const pemOf = (key: KeyObject): string => key.export({ type: "spki", format: "pem" }).toString();
const bytes = (secret: string): Uint8Array => new TextEncoder().encode(secret);

interface Token {
  algorithm: string;
  key: KeyObject | Uint8Array;
  kid?: string;
  claims?: Record<string, string>;
}

function sign({ algorithm, key, kid, claims = rightClaims }: Token): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: algorithm, ...(kid ? { kid } : {}) })
    .setSubject("42")
    .setExpirationTime("1h")
    .sign(key);
}

/** As a forger writes it: no library signs so. */
function unsigned(algorithm: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: algorithm, kid: "rsa" })}.${part({ sub: "42", ...rightClaims })}.`;
}

/** Connects with a token and returns the caller that handlers see. */
async function userOf(stack: Stack, token: string): Promise<string> {
  const client = new CentrifugoRPCClient(stack.url, token, "42");
  try {
    await client.connect();
    return (await client.call<{ userId: string }>("who_am_i", {})).userId;
  } finally {
    client.disconnect();
  }
}

const refused = { name: "ConnectionError", code: 3500, unauthorized: true };

describe("keys of the configuration", () => {
  eachBroker(
    (stack) => {
      it.each([
        ...["HS256", "HS384", "HS512"].map((algorithm) => ({ algorithm, key: bytes(SECRET) })),
        { algorithm: "HS256", key: bytes("previous-secret") },
        ...["RS256", "RS384", "RS512"].map((algorithm) => ({ algorithm, key: rsa.privateKey })),
        { algorithm: "ES256", key: ecdsa.ES256.privateKey },
      ])("verify $algorithm", async (token) => {
        expect(await userOf(stack(), await sign(token))).toBe("42");
      });

      it.each<[string, Token]>([
        ["another secret", { algorithm: "HS256", key: bytes("guessed") }],
        ["another RSA key", { algorithm: "RS256", key: otherRsa.privateKey }],
        ["another ECDSA key", { algorithm: "ES256", key: otherEcdsa.privateKey }],
        ["a key on another curve", { algorithm: "ES384", key: ecdsa.ES384.privateKey }],
        ["an algorithm without a key", { algorithm: "EdDSA", key: edwards.privateKey }],
        ["RSA-PSS", { algorithm: "PS256", key: rsa.privateKey }],
        ["the public key as a secret", { algorithm: "HS256", key: bytes(pemOf(rsa.publicKey)) }],
        [
          "the trimmed public key as a secret",
          { algorithm: "HS256", key: bytes(pemOf(rsa.publicKey).trim()) },
        ],
      ])("refuse a token signed with %s", async (_, token) => {
        await expect(userOf(stack(), await sign(token))).rejects.toMatchObject(refused);
      });

      it.each(["none", "None", "NONE", "HS256", "RS256", "ES256", ""])(
        'refuse a token of the algorithm "%s" without a signature',
        async (algorithm) => {
          await expect(userOf(stack(), unsigned(algorithm))).rejects.toMatchObject(refused);
        },
      );

      it.each([
        ["another audience", { ...rightClaims, aud: "other" }],
        ["another issuer", { ...rightClaims, iss: `${ISSUER}.evil.example` }],
        ["no audience", { iss: ISSUER }],
        ["no issuer", { aud: AUDIENCE }],
      ])("refuse a token for %s", async (_, claims) => {
        const token = await sign({ algorithm: "HS256", key: bytes(SECRET), claims });
        await expect(userOf(stack(), token)).rejects.toMatchObject(refused);
      });
    },
    () => ({
      token: {
        hmac_secret_key: SECRET,
        hmac_previous_secret_key: "previous-secret",
        rsa_public_key: pemOf(rsa.publicKey),
        ecdsa_public_key: pemOf(ecdsa.ES256.publicKey),
        audience: AUDIENCE,
        issuer: ISSUER,
      },
    }),
  );
});

describe.each(["ES384", "ES512"] as const)("an ECDSA key of %s, and a past secret", (algorithm) => {
  eachBroker(
    (stack) => {
      it("verifies a token of its algorithm", async () => {
        const token = await sign({ algorithm, key: ecdsa[algorithm].privateKey });
        expect(await userOf(stack(), token)).toBe("42");
      });

      it.each<[string, Token]>([
        ["a smaller curve", { algorithm: "ES256", key: ecdsa.ES256.privateKey }],
        ["no key of the configuration", { algorithm: "RS256", key: rsa.privateKey }],
        ["a secret that is past", { algorithm: "HS256", key: bytes("previous-secret") }],
        // HMAC fills a key up with zeros, so this one is the empty one.
        ["an empty secret", { algorithm: "HS256", key: bytes("\0") }],
      ])("refuses a token signed with %s", async (_, token) => {
        await expect(userOf(stack(), await sign(token))).rejects.toMatchObject(refused);
      });
    },
    () => ({
      token: {
        hmac_secret_key: "",
        hmac_previous_secret_key: "previous-secret",
        hmac_previous_secret_key_valid_until: 1,
        ecdsa_public_key: pemOf(ecdsa[algorithm].publicKey),
      },
    }),
  );
});

describe("keys of a JWKS endpoint", () => {
  const server = createServer((_request, response) => {
    response.setHeader("Content-Type", "application/json").end(JSON.stringify({ keys: published }));
  });
  let published: object[] = [];
  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    published = [
      jwk("rsa", rsa.publicKey),
      jwk("rsa-256", rsa.publicKey, { alg: "RS256" }),
      jwk("encryption", rsa.publicKey, { use: "enc" }),
      jwk("edwards", edwards.publicKey),
      ...Object.entries(ecdsa).map(([kid, { publicKey }]) => jwk(kid, publicKey)),
    ];
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });

  eachBroker(
    (stack) => {
      it.each<Token>([
        ...["RS256", "RS384", "RS512"].map((algorithm) => ({
          algorithm,
          key: rsa.privateKey,
          kid: "rsa",
        })),
        ...Object.entries(ecdsa).map(([algorithm, { privateKey }]) => ({
          algorithm,
          key: privateKey,
          kid: algorithm,
        })),
        { algorithm: "EdDSA", key: edwards.privateKey, kid: "edwards" },
        { algorithm: "RS256", key: rsa.privateKey, kid: "rsa-256" },
      ])("verify $algorithm of $kid", async (token) => {
        expect(await userOf(stack(), await sign(token))).toBe("42");
      });

      it.each<[string, Token]>([
        ["another key", { algorithm: "RS256", key: otherRsa.privateKey, kid: "rsa" }],
        ["a key of another ID", { algorithm: "ES256", key: ecdsa.ES256.privateKey, kid: "rsa" }],
        ["an unknown ID", { algorithm: "RS256", key: rsa.privateKey, kid: "nobody" }],
        ["no ID", { algorithm: "RS256", key: rsa.privateKey }],
        ["a key for encryption", { algorithm: "RS256", key: rsa.privateKey, kid: "encryption" }],
        [
          "another algorithm than the key's",
          { algorithm: "RS512", key: rsa.privateKey, kid: "rsa-256" },
        ],
        [
          "the public key as a secret",
          { algorithm: "HS256", key: bytes(pemOf(rsa.publicKey)), kid: "rsa" },
        ],
        ["the secret, which is ignored", { algorithm: "HS256", key: bytes(SECRET), kid: "rsa" }],
        [
          "the RSA key of the configuration, which is ignored",
          { algorithm: "RS256", key: otherRsa.privateKey },
        ],
      ])("refuse a token signed with %s", async (_, token) => {
        await expect(userOf(stack(), await sign(token))).rejects.toMatchObject(refused);
      });

      it("refuse a token without a signature", async () => {
        for (const algorithm of ["none", "HS256", "RS256"]) {
          await expect(userOf(stack(), unsigned(algorithm))).rejects.toMatchObject(refused);
        }
      });
    },
    () => ({
      token: {
        hmac_secret_key: SECRET,
        rsa_public_key: pemOf(otherRsa.publicKey),
        jwks_public_endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
      },
    }),
  );
});

function jwk(kid: string, key: KeyObject, more: object = {}): object {
  return { ...key.export({ format: "jwk" }), kid, use: "sig", ...more };
}
