import { connect as connectTcp, createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { BrokerConfigError, CommandError, startBroker, type BrokerConfig } from "./index.js";
import { RawClient } from "../../testing/raw-client.js";
import { recordingLogger } from "../../testing/recording-logger.js";
import { API_KEY, testBackend } from "./testing/server.js";
import { SECRET } from "../../testing/tokens.js";

const config: BrokerConfig = {
  client: { token: { hmac_secret_key: SECRET } },
  http_api: { key: API_KEY },
  channel: {
    without_namespace: {
      allow_subscribe_for_client: true,
      history_size: 10,
      history_ttl: "60s",
    },
    namespaces: [{ name: "plain", allow_subscribe_for_client: true }],
  },
  rpc: { without_namespace: { proxy_enabled: true }, proxy: { timeout: "60s" } },
};

async function start(backend = testBackend()) {
  return startBroker({ config, backend, port: 0 });
}

describe("startBroker", () => {
  it("listens on 127.0.0.1 and returns its URLs", async () => {
    await using broker = await start();
    expect(broker.url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/connection\/websocket$/);
    expect(broker.apiUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api$/);
    expect(new URL(broker.url).port).not.toBe("0");
  });

  it("serves the configured paths", async () => {
    await using broker = await startBroker({
      config: {
        ...config,
        websocket: { handler_prefix: "/ws/" },
        http_api: { key: API_KEY, handler_prefix: "/server/api" },
        health: { enabled: true, handler_prefix: "/up" },
      },
      backend: testBackend(),
      port: 0,
    });
    expect(new URL(broker.url).pathname).toBe("/ws");
    await RawClient.connect(broker.url);
    const headers = { "X-API-Key": API_KEY };
    const info = await fetch(`${broker.apiUrl}/info`, { method: "POST", headers, body: "{}" });
    expect(await info.json()).toMatchObject({ result: { nodes: [{ num_clients: 1 }] } });
    expect((await fetch(new URL("/up", broker.apiUrl))).status).toBe(200);
  });

  it("reports invalid settings", async () => {
    const wrong = { channel: { without_namespace: { history_size: 1 } } };
    const starting = startBroker({ config: wrong, backend: testBackend(), port: 0 });
    await expect(starting).rejects.toThrow(BrokerConfigError);
    await expect(starting).rejects.toThrow("set both history_size and history_ttl");
  });

  it("fails if the port is in use", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const starting = startBroker({ config, backend: testBackend(), port });
    await expect(starting).rejects.toMatchObject({ code: "EADDRINUSE" });
    other.close();
  });

  it("logs disconnects, except of clients that went away during a write", async () => {
    const { log, lines, logged } = recordingLogger();
    const flooded = { ...config, websocket: { write_timeout: "100ms" } };
    const { client } = config;
    await using broker = await startBroker({
      config: { ...flooded, client: { ...client, queue_max_size: 0 } },
      backend: testBackend(),
      port: 0,
      log,
    });
    const silent = await RawClient.connect(broker.url);
    await silent.call({ subscribe: { channel: "plain:x" } });
    silent.socket.pause();
    for (let i = 0; i < 40; i++) await broker.publish("plain:x", "x".repeat(500_000));
    const left = async () => broker.api("info", {});
    await expect.poll(left).toMatchObject({ nodes: [{ num_clients: 0 }] });
    silent.socket.terminate();

    const wrong = await RawClient.connect(broker.url);
    wrong.sendText("[]");
    expect(await logged("disconnect")).toMatchObject({ level: "debug", code: 3009 });
    expect(await wrong.closed).toMatchObject({ code: 3501 });
    const shown = lines.filter(
      ({ level, message }) => level !== "debug" && message === "disconnect",
    );
    expect(shown).toMatchObject([{ level: "info", code: 3501 }]);
  });

  it("logs why a call failed, and does not tell the client", async () => {
    const errors: object[] = [];
    const ignore = () => undefined;
    const log = {
      debug: ignore,
      info: ignore,
      warn: ignore,
      error: (fields: object) => void errors.push(fields),
    };
    const cause = new Error("secret");
    const backend = testBackend({ rpc: () => Promise.reject(cause) });
    await using broker = await startBroker({ config, backend, port: 0, log });
    const client = await RawClient.connect(broker.url);
    await client.call({ rpc: { method: "x" } });
    expect(errors).toMatchObject([{ err: cause, method: "x" }]);
    expect(client.frames.join("")).not.toContain("secret");
  });

  it("answers 100 to a result that is not JSON", async () => {
    await using broker = await start(testBackend({ rpc: async () => ({ result: { data: 1n } }) }));
    const client = await RawClient.connect(broker.url);
    expect(await client.call({ rpc: { method: "x" } })).toHaveProperty("error.code", 100);
  });
});

describe("publish", () => {
  it("reaches subscribers and returns the position", async () => {
    await using broker = await start();
    const client = await RawClient.connect(broker.url);
    for (const channel of ["news", "plain:news"]) await client.call({ subscribe: { channel } });
    const position = await broker.publish("news", { n: 1 }, { tags: { k: "v" } });
    expect(position).toEqual({ offset: 1, epoch: expect.stringMatching(/^[a-zA-Z]{8}$/) });
    const { epoch } = position;
    expect(await client.push()).toEqual({
      channel: "news",
      pub: { data: { n: 1 }, offset: 1, tags: { k: "v" }, epoch },
    });
    expect(await broker.publish("news", 2, { skipHistory: true })).toEqual({});
    const once = { idempotencyKey: "once" };
    expect(await broker.publish("news", 3, once)).toMatchObject({ offset: 2 });
    expect(await broker.publish("news", 4, once)).toMatchObject({ offset: 2 });
    expect(await broker.publish("plain:news", null)).toEqual({});
    const received = [await client.push(), await client.push(), await client.push()];
    expect(received.map(({ pub }) => (pub as { data: unknown }).data)).toEqual([2, 3, null]);
  });

  it("refuses an unknown or empty channel and missing data", async () => {
    await using broker = await start();
    await expect(broker.publish("unknown:x", 1)).rejects.toThrow(CommandError);
    await expect(broker.publish("unknown:x", 1)).rejects.toMatchObject({ code: 102 });
    await expect(broker.publish("news", undefined)).rejects.toMatchObject({ code: 107 });
    await expect(broker.publish("", 1)).rejects.toMatchObject({ code: 107 });
  });
});

describe("close", () => {
  it("disconnects all clients, which may reconnect, and frees the port", async () => {
    let called = false;
    const rpc = () => {
      called = true;
      return new Promise<never>(() => undefined);
    };
    const broker = await start(testBackend({ rpc }));
    const idle = await RawClient.open(broker.url);
    const busy = await RawClient.connect(broker.url);
    for (const id of [2, 3, 4]) busy.send({ id, rpc: { method: "never" } });
    await expect.poll(() => called).toBe(true);
    const startedAt = Date.now();
    const closing = broker.close();
    expect(await idle.closed).toEqual({ code: 3001, reason: "shutdown" });
    expect(await busy.closed).toEqual({ code: 3001, reason: "shutdown" });
    await closing;
    await broker.close();
    // Clients that close at once are not waited for the 5 s that others have.
    expect(Date.now() - startedAt).toBeLessThan(4000);
    await expect(fetch(broker.apiUrl)).rejects.toThrow("fetch failed");
    const port = Number(new URL(broker.url).port);
    await using again = await startBroker({ config, backend: testBackend(), port });
    expect(new URL(again.url).port).toBe(String(port));
  });

  it("does not wait for refused clients that stay connected", async () => {
    const broker = await start();
    const { hostname, port, pathname } = new URL(broker.url);
    const socket = connectTcp({ host: hostname, port: Number(port), allowHalfOpen: true });
    socket.write(
      `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade\r\n` +
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
        "Sec-WebSocket-Protocol: centrifuge-protobuf\r\n\r\n",
    );
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toContain("101 Switching Protocols");
    await broker.close();
    socket.destroy();
  });
});
