import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RawClient } from "../../../testing/raw-client.js";
import { startServer, testBackend, type TestServer } from "../testing/server.js";

const BAD_REQUEST = { code: 3501, reason: "bad request" };

describe("frames", () => {
  let server: TestServer;
  beforeAll(async () => {
    const backend = testBackend({ rpc: async ({ data }) => ({ result: { data } }) });
    server = await startServer(
      {
        rpc: { without_namespace: { proxy_enabled: true } },
        websocket: { message_size_limit: 10_000 },
        channel: { without_namespace: { allow_subscribe_for_client: true } },
      },
      backend,
    );
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it.each([
    ["an empty frame", ""],
    ["a line feed alone", "\n"],
    ["invalid JSON", "garbage"],
    ["a JSON value that is not an object", "[1]"],
    ["a number", "1"],
    ["an ID that is a string", '{"id":"1","rpc":{"method":"x"}}'],
    ["an ID that is negative", '{"id":-1,"rpc":{"method":"x"}}'],
    ["an ID of more than 32 bits", '{"id":4294967296,"rpc":{"method":"x"}}'],
    ["a field of a wrong type", '{"id":2,"subscribe":{"channel":1}}'],
    ["an ID with a decimal point", '{"id":2.0,"rpc":{"method":"x"}}'],
    ["an offset with an exponent", '{"id":2,"subscribe":{"channel":"news","offset":1e0}}'],
    ["an unknown command", '{"id":2,"unknown":{}}'],
    ["no command", '{"id":2}'],
    ["the ping command", '{"id":2,"ping":{}}'],
    ["a null command", '{"id":2,"rpc":null}'],
    ["a command without an ID", '{"rpc":{"method":"x"}}'],
    ["a pong without a ping", "{}"],
    ["bytes that are not UTF-8", Buffer.from([0xff, 0xfe, 0x00])],
    ["a subscribe without a channel", '{"id":2,"subscribe":{}}'],
    ["an unsubscribe without a channel", '{"id":2,"unsubscribe":{}}'],
    ["a publish without a channel", '{"id":2,"publish":{"data":1}}'],
    ["a history without a channel", '{"id":2,"history":{}}'],
    ["a presence without a channel", '{"id":2,"presence":{}}'],
    ["a presence_stats without a channel", '{"id":2,"presence_stats":{}}'],
    ["a refresh without a token", '{"id":2,"refresh":{}}'],
    ["a sub_refresh without a channel", '{"id":2,"sub_refresh":{"token":"x"}}'],
    ["an unknown delta", '{"id":2,"subscribe":{"channel":"news","delta":"none"}}'],
  ])("close the connection with 3501 for %s", async (_, frame) => {
    const client = await RawClient.connect(server.url);
    client.sendText(frame);
    expect(await client.closed).toEqual(BAD_REQUEST);
  });

  it("close the connection with 3501 for a text frame that is not UTF-8", async () => {
    const client = await RawClient.connect(server.url);
    client.socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect(await client.closed).toEqual(BAD_REQUEST);
  });

  it("close the connection with 3508 for send", async () => {
    const client = await RawClient.connect(server.url);
    client.sendText('{"send":{"data":1}}');
    expect(await client.closed).toEqual({ code: 3508, reason: "not available" });
  });

  it("run up to the first malformed line", async () => {
    const client = await RawClient.connect(server.url);
    client.sendText('{"id":2,"rpc":{"method":"x","data":1}}\n\n{"id":3,"rpc":{"method":"x"}}');
    expect(await client.take()).toEqual({ id: 2, rpc: { data: 1 } });
    expect(await client.closed).toEqual(BAD_REQUEST);
    expect(client.unread).toEqual([]);
  });

  it("may end with a line feed and may be binary", async () => {
    const client = await RawClient.connect(server.url);
    client.sendText(Buffer.from('{"id":2,"rpc":{"method":"x","data":1}}\n'));
    expect(await client.take()).toEqual({ id: 2, rpc: { data: 1 } });
  });

  it("ignore unknown fields and treat null as missing", async () => {
    const client = await RawClient.connect(server.url);
    client.sendText(
      '{"id":2,"x":1,"connect":null,"subscribe":{"channel":"news","token":null,"y":2}}',
    );
    expect(await client.take()).toEqual({ id: 2, subscribe: {} });
  });

  it("run the first JSON value of a line", async () => {
    const client = await RawClient.connect(server.url);
    client.sendText('{"id":2,"rpc":{"method":"x","data":1}}{"id":3,"rpc":{"method":"x"}} garbage');
    expect(await client.take()).toEqual({ id: 2, rpc: { data: 1 } });
    client.send({ id: 4, rpc: { method: "x", data: 4 } });
    expect(await client.take()).toEqual({ id: 4, rpc: { data: 4 } });
    expect(client.unread).toEqual([]);
  });

  it("answer 108 to a command with a ping", async () => {
    const client = await RawClient.connect(server.url);
    client.sendText('{"id":2,"rpc":{"method":"x"},"ping":{}}');
    expect(await client.take()).toMatchObject({ id: 2, error: { code: 108 } });
  });

  it("contain several replies, one per line", async () => {
    const client = await RawClient.connect(server.url);
    const commands = Array.from({ length: 40 }, (_, i) => ({
      id: i + 2,
      history: { channel: "n" },
    }));
    client.send(...commands);
    const ids = [];
    for (const _ of commands) ids.push((await client.take())["id"]);
    expect(ids).toEqual(commands.map(({ id }) => id));
  });

  it("close the connection with 1009 when they are too large", async () => {
    const client = await RawClient.connect(server.url);
    const envelope = JSON.stringify({ id: 2, rpc: { method: "x", data: "" } });
    client.sendText(envelope.replace('""', `"${"x".repeat(10_000 - envelope.length)}"`));
    expect(await client.take()).toHaveProperty("rpc");
    client.sendText(envelope.replace('""', `"${"x".repeat(10_001 - envelope.length)}"`));
    expect(await client.closed).toEqual({ code: 1009, reason: "" });
  });
});
