import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, it } from "vitest";
import { publicKey } from "./public-key.js";

const spki = { type: "spki", format: "pem" } as const;
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-384" });
const pemOf = (pair: { publicKey: KeyObject }): string => pair.publicKey.export(spki).toString();

/** A self-signed certificate of an RSA key. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIDATCCAemgAwIBAgIUfj03++p/h1AK08mvP7UmeqdPHPUwDQYJKoZIhvcNAQEL
BQAwDzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjMxODM4MTdaGA8yMTI2MTAzMDE4
MzgxN1owDzENMAsGA1UEAwwEdGVzdDCCASIwDQYJKoZIhvcNAQEBBQADggEPADCC
AQoCggEBALQnq/Hw0ZOD7OWQfGGSy2wFRwFgjRL+MT4ukrv/KeMUzR+KaGngWo4v
T1ruC04sUCoZOsvikUVFXu13yzg3xYvOWSfg9fXs9OdGHtqxaEZq0iGfwbywgS2v
6zrd/+v40mhgRs5IXf7kfAJ1uy7wjdWZQ1q1vds/C9WB3myOI3wpL2otT7fYLhBl
aL/RFVLs4yjEB/uWs5poY/MMdfdhI+WRnhRNZ/lKTremVujtNSi0CV6zsyKpTA8X
GQjRWGLaetUaZSn6mJPkXONhk/xtS5gOnXgqWREMlBGH/nYFRHfwfJJPaAlexD8I
no8SqHvSpKD4l0pMAqFPH4HImqHgJo8CAwEAAaNTMFEwHQYDVR0OBBYEFMMzFPBt
rg/GG3tN7WMncKdFjN59MB8GA1UdIwQYMBaAFMMzFPBtrg/GG3tN7WMncKdFjN59
MA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEBAKAlOFhxAQvqmBCF
PQIbYSWrnM1iiEUq4HEsum7qXhTD5b7nw8PtOaPsveIqCewlHiWNQ7JDmclImj1p
zuUzcrRnmC2iCRgrjyWm5DStOCz3x20Ru1J54uho/MhTyKIgLpk1FE+/U7fYlLhz
YVDzFRPuUeGFKLjPjTfT/Jl4I8oVHpSQDr2Vjn0riuuZmSi49G9xFBKIYPbvJb5o
pP0LfOQUKFogoBgGslI5jW8+qHpcdDYxr1MW7El5hOy9R6hw93TxQKoQpHO+oRAT
VkSc7IcZCREYIlu142TInKARmb3DQOlmaEb7i1rxzmSnn+EoVCtmnyAuzK6nvDUV
lVhHBkk=
-----END CERTIFICATE-----`;

describe("a public key of the configuration", () => {
  it("is read from a PEM of its type", () => {
    expect(publicKey("rsa").parse(pemOf(rsa))?.equals(rsa.publicKey)).toBe(true);
    expect(publicKey("ec").parse(pemOf(ec))?.equals(ec.publicKey)).toBe(true);
  });

  it("is read from a certificate", () => {
    expect(publicKey("rsa").parse(CERTIFICATE)?.asymmetricKeyType).toBe("rsa");
  });

  it("is optional", () => {
    expect(publicKey("rsa").parse("")).toBeUndefined();
    expect(publicKey("rsa").parse(undefined)).toBeUndefined();
  });

  const small = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const bitcoin = generateKeyPairSync("ec", { namedCurve: "secp256k1" });
  const notPem = "write a PEM that begins with BEGIN PUBLIC KEY or BEGIN CERTIFICATE";
  it.each([
    ["rsa", "a text", "secret", notPem],
    [
      "rsa",
      "a PEM of nonsense",
      "-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----",
      notPem,
    ],
    [
      "rsa",
      "a private key",
      rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      notPem,
    ],
    ["rsa", "an ECDSA key", pemOf(ec), "write an RSA key; this is ec"],
    ["ec", "an RSA key", pemOf(rsa), "write an ECDSA key; this is rsa"],
    ["rsa", "a short key", pemOf(small), "write a key of 2048 or more bits; this one has 1024"],
    ["ec", "another curve", pemOf(bitcoin), "write a key on P-256, P-384 or P-521"],
  ] as const)("%s: is refused when it is %s", (type, _, pem, problem) => {
    expect(() => publicKey(type).parse(pem)).toThrow(problem);
  });
});
