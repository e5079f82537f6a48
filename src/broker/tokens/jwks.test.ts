import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from "jose";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { DISCONNECTS } from "../protocol/codes.js";
import { configSchema } from "../config/config-schema.js";
import { SILENT_LOG } from "../broker-log.js";
import { TokenKeys } from "./token-keys.js";

const HOUR_MS = 60 * 60 * 1000;

let first: { privateKey: CryptoKey; jwk: JWK };
let second: typeof first;
beforeAll(async () => {
  first = await newKey("first");
  second = await newKey("second");
});

async function newKey(kid: string): Promise<typeof first> {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, use: "sig" } };
}

const sign = (key: CryptoKey, kid: string) =>
  new SignJWT({ sub: "42" }).setProtectedHeader({ alg: "ES256", kid }).sign(key);

/** What the endpoint answers, and how often it was asked. */
let answers: (() => { status: number; body: string } | undefined)[];
let published: JWK[];
let asked: number;
let keys: TokenKeys;
const warnings: object[] = [];
const server = createServer((_request, response) => {
  asked++;
  const answer = (answers.shift() ?? publish)();
  // Without an answer the request stays open.
  if (answer) response.writeHead(answer.status).end(answer.body);
});
const publish = () => ({ status: 200, body: JSON.stringify({ keys: published }) });

beforeEach(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  [answers, published, asked] = [[], [first.jwk], 0];
  warnings.length = 0;
  const log = { ...SILENT_LOG, warn: (fields: object) => void warnings.push(fields) };
  const token = { jwks_public_endpoint: `http://127.0.0.1:${port}/keys` };
  keys = new TokenKeys(configSchema.parse({ client: { token } }).client.token, log);
});

afterEach(async () => {
  vi.useRealTimers();
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

describe("published keys", () => {
  it("are fetched once for many tokens", async () => {
    const token = await sign(first.privateKey, "first");
    await Promise.all([keys.verify(token), keys.verify(token)]);
    expect(JSON.parse(await keys.verify(token))).toEqual({ sub: "42" });
    expect(asked).toBe(1);
  });

  it("are fetched again for a new key, which works at once", async () => {
    await keys.verify(await sign(first.privateKey, "first"));
    published = [second.jwk];
    await keys.verify(await sign(second.privateKey, "second"));
    expect(asked).toBe(2);
    await expect(keys.verify(await sign(first.privateKey, "first"))).rejects.toBe(
      DISCONNECTS.invalidToken,
    );
  });

  it("are fetched again after an hour", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const token = await sign(first.privateKey, "first");
    await keys.verify(token);
    vi.setSystemTime(Date.now() + HOUR_MS - 1000);
    await keys.verify(token);
    expect(asked).toBe(1);
    vi.setSystemTime(Date.now() + 2000);
    await keys.verify(token);
    expect(asked).toBe(2);
  });

  it("are requested twice if the endpoint fails", async () => {
    answers = [() => ({ status: 500, body: "" })];
    await keys.verify(await sign(first.privateKey, "first"));
    expect(asked).toBe(2);
    expect(warnings).toEqual([]);
  });

  it.each([
    ["an error", () => ({ status: 500, body: "" })],
    ["no JSON", () => ({ status: 200, body: "<html>" })],
    ["no keys", () => ({ status: 200, body: "{}" })],
    ["nothing for a second", () => undefined],
  ])("verify nothing if the endpoint returns %s", async (_, answer) => {
    answers = [answer, answer];
    await expect(keys.verify(await sign(first.privateKey, "first"))).rejects.toBe(
      DISCONNECTS.invalidToken,
    );
    expect(warnings).toHaveLength(1);
  });

  it("verify no token without a kid, and are not fetched for it", async () => {
    const token = await new SignJWT({ sub: "42" })
      .setProtectedHeader({ alg: "ES256" })
      .sign(first.privateKey);
    await expect(keys.verify(token)).rejects.toBe(DISCONNECTS.invalidToken);
    expect(asked).toBe(0);
  });

  it.each([{ use: "enc" }, { use: undefined }])(
    "are ignored without the use sig: %o",
    async (use) => {
      published = [{ ...first.jwk, ...use } as JWK];
      await expect(keys.verify(await sign(first.privateKey, "first"))).rejects.toBe(
        DISCONNECTS.invalidToken,
      );
    },
  );
});
