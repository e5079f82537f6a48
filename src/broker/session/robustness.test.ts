import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RawClient } from "../../../testing/raw-client.js";
import { callApi, startServer, testBackend, type TestServer } from "../testing/server.js";

const SERVED = { rpc: { data: 1 } };

/** Whatever one client does, the server still serves the next one. */
describe("the server survives", () => {
  let server: TestServer;
  let endSlow: () => void = () => undefined;
  beforeAll(async () => {
    server = await startServer(
      {
        client: { token: { hmac_secret_key: "test-secret" }, concurrency: 4 },
        rpc: { without_namespace: { proxy_enabled: true } },
        channel: { without_namespace: { allow_subscribe_for_client: true, presence: true } },
      },
      testBackend({
        rpc: async ({ method, data }) => {
          if (method === "slow") await new Promise<void>((resolve) => (endSlow = resolve));
          return { result: { data } };
        },
      }),
    );
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** The reply to a client that connects now. */
  async function nextClient() {
    const client = await RawClient.connect(server.url);
    const reply = await client.call({ rpc: { method: "x", data: 1 } });
    client.close();
    return reply;
  }

  /** A TCP connection that has done the WebSocket handshake. */
  async function upgraded() {
    const { hostname, port, pathname } = new URL(server.url);
    const socket = connectTcp(Number(port), hostname);
    socket.on("error", () => undefined);
    socket.write(
      `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    await once(socket, "data");
    return socket;
  }

  it("garbage instead of commands", async () => {
    for (let i = 0; i < 50; i++) {
      const client =
        i % 2 === 0 ? await RawClient.open(server.url) : await RawClient.connect(server.url);
      client.sendText(randomBytes(1 + i * 20));
      expect(await client.closed).toMatchObject({ code: 3501 });
    }
    expect(await nextClient()).toEqual(SERVED);
  });

  it("a frame of 10 MB", async () => {
    const client = await RawClient.connect(server.url);
    client.sendText("x".repeat(10_000_000));
    expect([1009, 1006]).toContain((await client.closed).code);
    expect(await nextClient()).toEqual(SERVED);
  });

  it("JSON that is nested deeply", async () => {
    const client = await RawClient.connect(server.url);
    const data = "[".repeat(30_000) + "]".repeat(30_000);
    client.sendText(`{"id":2,"publish":{"channel":"x","data":${data}}}`);
    await Promise.race([client.closed, client.take()]);
    client.close();
    expect(await nextClient()).toEqual(SERVED);
  });

  it("names of built-in properties", async () => {
    const client = await RawClient.connect(server.url);
    const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];
    for (const name of names) {
      expect(await client.call({ rpc: { method: name } })).toEqual({ rpc: {} });
      expect(await client.call({ subscribe: { channel: name } })).toEqual({ subscribe: {} });
      expect(await client.call({ presence_stats: { channel: name } })).toHaveProperty(
        "error.code",
        103,
      );
      expect(await client.call({ subscribe: { channel: `${name}:x` } })).toHaveProperty(
        "error.code",
        102,
      );
    }
    client.sendText('{"id":99,"__proto__":{"rpc":{"method":"x"}}}');
    expect(await client.closed).toMatchObject({ code: 3501 });
    expect(await nextClient()).toEqual(SERVED);
  });

  it("frames that break the WebSocket protocol", async () => {
    for (const bytes of [
      Buffer.from([0xff, 0xff, 0xff, 0xff]),
      Buffer.from([0x81, 0x05, 1, 2, 3, 4, 5]),
      Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
      randomBytes(500),
    ]) {
      const socket = await upgraded();
      socket.write(bytes);
      socket.end();
      socket.resume();
      await once(socket, "close");
    }
    expect(await nextClient()).toEqual(SERVED);
  });

  it("invalid handshakes", async () => {
    const { hostname, port } = new URL(server.url);
    for (const text of [
      "garbage\r\n\r\n",
      "GET /%%% HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET // HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    ]) {
      const socket = connectTcp(Number(port), hostname);
      socket.on("error", () => undefined);
      socket.end(text);
      socket.resume();
      await once(socket, "close");
    }
    expect(await nextClient()).toEqual(SERVED);
  });

  it("a connection lost in the middle of a frame or a call", async () => {
    const socket = await upgraded();
    socket.write(Buffer.from([0x81, 0xfe, 0x10, 0x00, 1, 2, 3, 4, 5]));
    socket.resetAndDestroy();
    const client = await RawClient.connect(server.url);
    await client.call({ subscribe: { channel: "cut" } });
    client.send({ id: 9, rpc: { method: "slow" } }, { id: 10, rpc: { method: "slow" } });
    client.socket.terminate();
    const present = async () => callApi(server, "presence", { channel: "cut" });
    await expect.poll(present).toHaveProperty("result.presence", {});
    endSlow();
    expect(await nextClient()).toEqual(SERVED);
  });

  it("many connections that come and go", async () => {
    await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const client = await RawClient.connect(server.url, `u${i}`);
        await client.call({ subscribe: { channel: "busy" } });
        if (i % 2 === 0) client.socket.terminate();
        else client.close();
        await client.closed;
      }),
    );
    const present = async () => callApi(server, "presence", { channel: "busy" });
    await expect.poll(present).toHaveProperty("result.presence", {});
    expect(await nextClient()).toEqual(SERVED);
  });
});
