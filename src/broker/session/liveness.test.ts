import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { RawClient } from "../../../testing/raw-client.js";
import { callApi, CENTRIFUGO_BIN, startServer, testBackend } from "../testing/server.js";
import { secondsFromNow, sign } from "../../../testing/tokens.js";

const token = { hmac_secret_key: "test-secret" };

describe("pings", () => {
  const client = { token, ping_interval: "1s", pong_timeout: "300ms" };

  it("need an answer each", async () => {
    const patient = { ...client, pong_timeout: "900ms" };
    await using server = await startServer({ client: patient });
    const connection = await RawClient.open(server.url);
    const reply = await connection.call({ connect: { token: await sign({ sub: "42" }) } });
    expect(reply).toMatchObject({ connect: { ping: 1, pong: true } });
    const pings = () => connection.frames.filter((frame) => frame === "{}").length;
    await expect.poll(pings).toBeGreaterThanOrEqual(3);
    expect(await connection.call({ history: { channel: "x" } })).toHaveProperty("error.code", 108);
  });

  it("close the connection with 3012 without a pong", async () => {
    await using server = await startServer({ client });
    const connection = await RawClient.connect(server.url);
    connection.answersPings = false;
    expect(await connection.closed).toEqual({ code: 3012, reason: "no pong" });
  });

  it("close the connection with 3501 after a second pong", async () => {
    await using server = await startServer({ client });
    const connection = await RawClient.connect(server.url);
    connection.answersPings = false;
    await connection.take((message) => Object.keys(message).length === 0);
    connection.sendText("{}\n{}");
    expect(await connection.closed).toEqual({ code: 3501, reason: "bad request" });
  });

  it("are not answered while a command blocks the connection", async () => {
    await using server = await startServer(
      {
        client,
        rpc: { without_namespace: { proxy_enabled: true }, proxy: { timeout: "2s" } },
      },
      testBackend({ rpc: () => new Promise(() => undefined) }),
    );
    const connection = await RawClient.connect(server.url);
    connection.send({ id: 2, rpc: { method: "slow" } });
    expect(await connection.closed).toEqual({ code: 3012, reason: "no pong" });
  });
});

describe("a stale connection", () => {
  it("is closed with 3502", async () => {
    await using server = await startServer({ client: { token, stale_close_delay: "200ms" } });
    const connection = await RawClient.open(server.url);
    expect(await connection.closed).toEqual({ code: 3502, reason: "stale" });
  });
});

describe("an expiring connection", () => {
  const client = { token, expired_close_delay: "500ms" };

  it("is closed with 3005", async () => {
    await using server = await startServer({ client });
    const connection = await RawClient.connect(server.url, "42", { exp: secondsFromNow(2) });
    expect(await connection.closed).toEqual({ code: 3005, reason: "connection expired" });
  });

  it("continues with a new token", async () => {
    await using server = await startServer({ client });
    const connection = await RawClient.connect(server.url, "42", { exp: secondsFromNow(2) });
    const next = await sign({ sub: "42", exp: secondsFromNow(100) });
    const reply = await connection.call({ refresh: { token: next } });
    expect(reply).toEqual({ refresh: { expires: true, ttl: expect.any(Number) } });
    expect((reply["refresh"] as { ttl: number }).ttl).toBeGreaterThan(90);
    const ended = await Promise.race([connection.closed, sleep(3500)]);
    expect(ended).toBeUndefined();
  });

  it.each([
    ["an expired token", { sub: "42", exp: secondsFromNow(-1) }, 3005, "connection expired"],
    ["another user's token", { sub: "43" }, 3500, "invalid token"],
    ["other channels", { sub: "42", channels: ["a"] }, 3010, "insufficient state"],
  ])("is closed after %s", async (_, claims, code, reason) => {
    await using server = await startServer({ client });
    const connection = await RawClient.connect(server.url);
    connection.send({ id: 2, refresh: { token: await sign(claims) } });
    expect(await connection.closed).toEqual({ code, reason });
  });

  it("sends the new token's meta to the backend", async () => {
    await using server = await startServer(
      {
        client,
        rpc: {
          without_namespace: { proxy_enabled: true },
          proxy: { include_connection_meta: true },
        },
      },
      testBackend({ rpc: async ({ meta }) => ({ result: { data: meta } }) }),
    );
    const connection = await RawClient.connect(server.url, "42", { meta: { n: 1 } });
    await connection.call({ refresh: { token: await sign({ sub: "42", meta: { n: 2 } }) } });
    expect(await connection.call({ rpc: { method: "x" } })).toEqual({ rpc: { data: { n: 2 } } });
    const past = await sign({ sub: "42", meta: { n: 3 }, expire_at: 1 });
    const refused = await connection.call({ refresh: { token: past } });
    expect(refused).toEqual({ error: { code: 110, message: "expired" } });
    expect(await connection.call({ rpc: { method: "x" } })).toEqual({ rpc: { data: { n: 3 } } });
  });
});

describe("an expiring subscription", () => {
  const channel = "closed:a";
  const config = {
    client: { token, expired_sub_close_delay: "1s", presence_update_interval: "1s" },
    channel: { namespaces: [{ name: "closed" }] },
  };
  const subToken = async (claims: object) => sign({ sub: "42", channel, ...claims });

  it("ends with 2501", async () => {
    await using server = await startServer(config);
    const client = await RawClient.connect(server.url);
    const reply = await client.call({
      subscribe: { channel, token: await subToken({ exp: secondsFromNow(2) }) },
    });
    expect(reply).toEqual({ subscribe: { expires: true, ttl: expect.any(Number) } });
    expect(await client.push()).toEqual({
      channel,
      unsubscribe: { code: 2501, reason: "subscription expired" },
    });
  });

  it("continues with a new token", async () => {
    await using server = await startServer(config);
    const client = await RawClient.connect(server.url);
    await client.call({
      subscribe: { channel, token: await subToken({ exp: secondsFromNow(2) }) },
    });
    const next = await subToken({ exp: secondsFromNow(100) });
    expect(await client.call({ sub_refresh: { channel, token: next } })).toEqual({
      sub_refresh: { expires: true, ttl: expect.any(Number) },
    });
    await sleep(5000);
    await callApi(server, "publish", { channel, data: 1 });
    expect(await client.push()).toEqual({ channel, pub: { data: 1 } });
  });

  it("refuses tokens of other subscriptions", async () => {
    await using server = await startServer(config);
    const client = await RawClient.connect(server.url);
    const right = await subToken({});
    expect(await client.call({ sub_refresh: { channel, token: right } })).toHaveProperty(
      "error.code",
      103,
    );
    await client.call({ subscribe: { channel, token: right } });
    expect(await client.call({ sub_refresh: { channel } })).toHaveProperty("error.code", 107);
    const expired = await subToken({ exp: secondsFromNow(-1) });
    client.send({ id: 9, sub_refresh: { channel, token: expired } });
    expect(await client.closed).toEqual({ code: 3006, reason: "subscription expired" });
    const other = await RawClient.connect(server.url);
    await other.call({ subscribe: { channel, token: right } });
    other.send({ id: 9, sub_refresh: { channel, token: await subToken({ sub: "43" }) } });
    expect(await other.closed).toEqual({ code: 3500, reason: "invalid token" });
  });
});

describe("a slow client", () => {
  const large = "x".repeat(900_000);
  const channel = "user#42";
  const client = { token, concurrency: 64, queue_max_size: 4 * 1024 * 1024 };
  const history = { history_size: 100, history_ttl: "60s", force_recovery: true };
  const without_namespace = { allow_user_limited_channels: true, presence: true };

  // In Centrifugo, these three depend on how fast its threads are.
  it.skipIf(CENTRIFUGO_BIN)("is not one that reads 30 replies of 900 kB sent at once", async () => {
    const waiting: (() => void)[] = [];
    await using server = await startServer(
      { client, rpc: { without_namespace: { proxy_enabled: true }, proxy: { timeout: "30s" } } },
      testBackend({
        rpc: async () => {
          await new Promise<void>((resolve) => {
            if (waiting.push(resolve) === 30) for (const end of waiting) end();
          });
          return { result: { data: large } };
        },
      }),
    );
    const connection = await RawClient.connect(server.url);
    const replies = Array.from({ length: 30 }, async () =>
      connection.call({ rpc: { method: "x" } }),
    );
    for (const reply of await Promise.all(replies)) expect(reply).toHaveProperty("rpc.data", large);
  });

  it.skipIf(CENTRIFUGO_BIN)("is not one that recovers more than its queue holds", async () => {
    await using server = await startServer({
      client,
      channel: { without_namespace: { ...without_namespace, ...history } },
    });
    const before = await RawClient.connect(server.url);
    const { subscribe } = await before.call({ subscribe: { channel } });
    const { epoch, offset } = subscribe as { epoch: string; offset?: number };
    before.close();
    await before.closed;
    for (let i = 0; i < 8; i++) await callApi(server, "publish", { channel, data: large });
    const after = await RawClient.connect(server.url);
    const reply = await after.call({ subscribe: { channel, recover: true, epoch, offset } });
    expect(reply).toHaveProperty("subscribe.recovered", true);
    expect(reply).toHaveProperty("subscribe.publications.length", 8);
  });

  it.skipIf(CENTRIFUGO_BIN)("is closed with 3008 if more waits than its queue holds", async () => {
    await using server = await startServer({
      client: { token, queue_max_size: 1_000_000 },
      websocket: { write_timeout: "60s" },
      channel: { without_namespace },
    });
    const connection = await RawClient.connect(server.url);
    await connection.call({ subscribe: { channel } });
    connection.socket.pause();
    for (let i = 0; i < 40; i++) await callApi(server, "publish", { channel, data: large });
    const subscribers = async () => callApi(server, "presence", { channel });
    await expect.poll(subscribers).toHaveProperty("result.presence", {});
    connection.socket.resume();
    expect([3008, 1006]).toContain((await connection.closed).code);
  });

  it("is closed if it does not read for the write timeout", async () => {
    await using server = await startServer({
      client: { token, queue_max_size: 1_000_000_000 },
      websocket: { write_timeout: "300ms" },
      channel: { without_namespace: { allow_subscribe_for_client: true, presence: true } },
    });
    const channel = "flood";
    const client = await RawClient.connect(server.url);
    await client.call({ subscribe: { channel } });
    client.socket.pause();
    const publish = async () => callApi(server, "publish", { channel, data: "x".repeat(500_000) });
    for (let i = 0; i < 40; i++) await publish();
    const subscribers = async () => callApi(server, "presence", { channel });
    await expect.poll(subscribers).toHaveProperty("result.presence", {});
    client.socket.resume();
    await once(client.socket, "close");
  });
});

async function sleep(milliseconds: number): Promise<undefined> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return undefined;
}
