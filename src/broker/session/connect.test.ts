import type { JWTPayload } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RawClient } from "../../../testing/raw-client.js";
import { startServer, type TestServer } from "../testing/server.js";
import { secondsFromNow, sign } from "../../../testing/tokens.js";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe("connect", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  async function connectWith(claims: object, secret?: string, alg?: string) {
    const client = await RawClient.open(server.url);
    return client.call({ connect: { token: await sign({ ...claims }, secret, alg) } });
  }

  async function closeAfter(...commands: object[]) {
    const client = await RawClient.open(server.url);
    client.send(...commands);
    return client.closed;
  }

  it.each(["HS256", "HS384", "HS512"])("accepts a token signed with %s", async (alg) => {
    expect(await connectWith({ sub: "42" }, undefined, alg)).toEqual({
      connect: {
        client: expect.stringMatching(UUID),
        version: expect.any(String),
        ping: 25,
        pong: true,
      },
    });
  });

  it("treats a token without a user as anonymous", async () => {
    expect(await connectWith({})).toHaveProperty("connect.client");
  });

  it("returns when the connection expires", async () => {
    const reply = await connectWith({ sub: "42", exp: secondsFromNow(600) });
    expect(reply).toMatchObject({ connect: { expires: true } });
    expect((reply["connect"] as { ttl: number }).ttl).toBeGreaterThan(590);
  });

  it("prefers expire_at to exp", async () => {
    const reply = await connectWith({ sub: "42", exp: secondsFromNow(600), expire_at: 0 });
    expect(reply).not.toHaveProperty("connect.expires");
  });

  it("answers 110 to a token with an expire_at in the past", async () => {
    const reply = await connectWith({ sub: "42", expire_at: secondsFromNow(-10) });
    expect(reply).toEqual({ error: { code: 110, message: "expired" } });
  });

  it("answers 109 to an expired token", async () => {
    const reply = await connectWith({ sub: "42", exp: secondsFromNow(-1) });
    expect(reply).toEqual({ error: { code: 109, message: "token expired" } });
  });

  it("accepts an exp in a string", async () => {
    const reply = await connectWith({
      sub: "42",
      exp: `${secondsFromNow(100)}` as unknown as number,
    });
    expect(reply).toMatchObject({ connect: { expires: true } });
  });

  it("reads claims in any case", async () => {
    const reply = await connectWith({ sub: "42", EXP: secondsFromNow(-1) });
    expect(reply).toHaveProperty("error.code", 109);
  });

  it("answers 109 to a token that is not valid yet", async () => {
    const reply = await connectWith({ sub: "42", nbf: secondsFromNow(60) });
    expect(reply).toEqual({ error: { code: 109, message: "token expired" } });
  });

  it("ignores all commands after a failed connect", async () => {
    const client = await RawClient.open(server.url);
    const token = await sign({ sub: "42", exp: secondsFromNow(-1) });
    client.send({ id: 1, connect: { token } }, { id: 2, rpc: { method: "x" } });
    client.send({ id: 3, connect: { token: await sign({ sub: "42" }) } });
    expect(await client.closed).toEqual({ code: 1006, reason: "" });
    expect(client.frames).toEqual(['{"id":1,"error":{"code":109,"message":"token expired"}}']);
  });

  it.each([
    ["another secret", () => sign({ sub: "42" }, "another-secret")],
    ["a channel claim", () => sign({ sub: "42", channel: "news" })],
    ["a sub that is not a string", () => sign({ sub: 42 as unknown as string })],
    ["a jti that is not a string", () => sign({ sub: "42", jti: 1 as unknown as string })],
    ["an audience of null", () => sign({ sub: "42", aud: null as unknown as string })],
    ["an exp that is not a number", () => sign({ sub: "42", exp: "soon" as unknown as number })],
    ["a padded signature", async () => `${await sign({ sub: "42" })}=`],
    ["text that is not a JWT", async () => "garbage"],
    ["an expired token of another secret", () => sign({ exp: secondsFromNow(-1) }, "another")],
    [
      "an unsigned token",
      async () => `${btoa('{"alg":"none"}').replace("==", "")}.${btoa('{"sub":"42"}')}.`,
    ],
  ])("closes with 3500 for %s", async (_, token) => {
    expect(await closeAfter({ id: 1, connect: { token: await token() } })).toEqual({
      code: 3500,
      reason: "invalid token",
    });
  });

  it("closes with 3501 without a token", async () => {
    expect(await closeAfter({ id: 1, connect: {} })).toEqual({ code: 3501, reason: "bad request" });
  });

  it("closes with 3501 if another command comes first", async () => {
    const closed = await closeAfter({ id: 1, rpc: { method: "x" } });
    expect(closed).toEqual({ code: 3501, reason: "bad request" });
  });

  it("closes with 3501 for a second connect", async () => {
    const client = await RawClient.connect(server.url);
    client.send({ id: 2, connect: { token: await sign({ sub: "42" }) } });
    expect(await client.closed).toEqual({ code: 3501, reason: "bad request" });
  });

  it("runs the commands after connect in the same frame", async () => {
    const client = await RawClient.open(server.url);
    const token = await sign({ sub: "42" });
    client.send({ id: 1, connect: { token } }, { id: 2, subscribe: { channel: "news" } });
    expect(await client.take()).toHaveProperty("connect");
    expect(await client.take()).toEqual({
      id: 2,
      error: { code: 103, message: "permission denied" },
    });
  });
});

describe("connect options", () => {
  it("accept the previous secret, and check audience and issuer", async () => {
    await using server = await startServer({
      client: {
        token: {
          hmac_secret_key: "new",
          hmac_previous_secret_key: "old",
          audience: "app",
          issuer: "https://issuer",
        },
      },
    });
    const right = { aud: ["other", "app"], iss: "https://issuer" };
    const answerTo = async (claims: JWTPayload, secret: string) => {
      const client = await RawClient.open(server.url);
      client.send({ id: 1, connect: { token: await sign(claims, secret) } });
      return Promise.race([client.closed, client.take().catch(() => client.closed)]);
    };
    const invalid = { code: 3500, reason: "invalid token" };
    expect(await answerTo(right, "new")).toHaveProperty("connect");
    expect(await answerTo(right, "old")).toHaveProperty("connect");
    expect(await answerTo(right, "older")).toEqual(invalid);
    expect(await answerTo({ ...right, aud: "other" }, "new")).toEqual(invalid);
    expect(await answerTo({ ...right, iss: "http://issuer" }, "new")).toEqual(invalid);
    expect(await answerTo({ iss: "https://issuer" }, "new")).toEqual(invalid);
  });

  it("allow anonymous connections", async () => {
    await using server = await startServer({
      client: { allow_anonymous_connect_without_token: true },
    });
    const client = await RawClient.open(server.url);
    expect(await client.call({ connect: {} })).toHaveProperty("connect.client");
  });

  it("disallow tokens without a user", async () => {
    await using server = await startServer({
      client: { token: { hmac_secret_key: "s" }, disallow_anonymous_connection_tokens: true },
    });
    const client = await RawClient.open(server.url);
    client.send({ id: 1, connect: { token: await sign({}, "s") } });
    expect(await client.closed).toEqual({ code: 3507, reason: "permission denied" });
  });
});
