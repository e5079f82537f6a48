import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PublishProxyRequest } from "../../protocol/index.js";
import { RawClient } from "../../../testing/raw-client.js";
import { callApi, startServer, testBackend, type TestServer } from "../testing/server.js";
import { sign } from "../../../testing/tokens.js";

const DENIED = { error: { code: 103, message: "permission denied" } };
const BAD_REQUEST = { error: { code: 107, message: "bad request" } };

describe("publish", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({
      channel: {
        without_namespace: { allow_subscribe_for_client: true },
        namespaces: [
          { name: "all", allow_subscribe_for_client: true, allow_publish_for_client: true },
          { name: "subs", allow_subscribe_for_client: true, allow_publish_for_subscriber: true },
          { name: "json", allow_publish_for_client: true, publication_data_format: "json_object" },
          {
            name: "stream",
            allow_subscribe_for_client: true,
            allow_publish_for_client: true,
            history_size: 10,
            history_ttl: "60s",
          },
        ],
      },
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  async function publish(channel: string, data: unknown, user = "42") {
    const client = await RawClient.connect(server.url, user);
    const reply = await client.call({ publish: { channel, data } });
    client.close();
    return reply;
  }

  it("checks permissions", async () => {
    expect(await publish("all:a", 1)).toEqual({ publish: {} });
    expect(await publish("all:a", 1, "")).toEqual(DENIED);
    expect(await publish("a", 1)).toEqual(DENIED);
    expect(await publish("subs:a", 1)).toEqual(DENIED);
    expect(await publish("unknown:a", 1)).toHaveProperty("error.code", 102);
    const client = await RawClient.connect(server.url);
    await client.call({ subscribe: { channel: "subs:a" } });
    expect(await client.call({ publish: { channel: "subs:a", data: 1 } })).toEqual({ publish: {} });
  });

  it("validates the data", async () => {
    expect(await publish("all:a", undefined)).toEqual(BAD_REQUEST);
    expect(await publish("all:a", null)).toEqual({ publish: {} });
    expect(await publish("json:a", [1])).toEqual(BAD_REQUEST);
    expect(await publish("json:a", { a: 1 })).toEqual({ publish: {} });
  });

  it("reaches all subscribers, with the client's info", async () => {
    const channel = "all:info";
    const [alice, bob] = [
      await RawClient.connect(server.url, "alice", { info: { name: "Alice" } }),
      await RawClient.connect(server.url, "bob"),
    ];
    for (const client of [alice, bob]) await client.call({ subscribe: { channel } });
    alice.send({ id: 9, publish: { channel, data: { n: 1 } } });
    const pub = {
      data: { n: 1 },
      info: { user: "alice", client: expect.any(String), conn_info: { name: "Alice" } },
    };
    expect(await bob.push()).toEqual({ channel, pub });
    expect(await alice.take()).toEqual({ push: { channel, pub } });
    expect(await alice.take()).toEqual({ id: 9, publish: {} });
  });

  it("adds the info of the subscription's token", async () => {
    const channel = "all:chan-info";
    const client = await RawClient.connect(server.url);
    const token = await sign({ sub: "42", channel, info: { role: "admin" } });
    await client.call({ subscribe: { channel, token } });
    await client.call({ publish: { channel, data: 1 } });
    expect(await client.push()).toHaveProperty("pub.info.chan_info", { role: "admin" });
  });

  it("passes the data on unchanged", async () => {
    const channel = "all:raw";
    const client = await RawClient.connect(server.url);
    await client.call({ subscribe: { channel } });
    const written = '{"id": 12345678901234567890,"price":1.0,"1":"a","text":"\\u00e9 \\"x\\" \\n"}';
    client.sendText(`{"id":9,"publish":{"channel":"${channel}","data":${written}}}`);
    await client.push();
    expect(client.frames.join("\n")).toContain(`"data":${written}`);
  });

  it("adds offsets in a channel with history", async () => {
    const channel = "stream:offsets";
    const client = await RawClient.connect(server.url);
    await client.call({ subscribe: { channel } });
    const info = { user: "42", client: expect.any(String) };
    await client.call({ publish: { channel, data: "x" } });
    expect(await client.push()).toEqual({
      channel,
      pub: { data: "x", info, offset: 1, epoch: expect.stringMatching(/^[a-zA-Z]{8}$/) },
    });
    await client.call({ publish: { channel, data: "y" } });
    expect(await client.push()).toEqual({ channel, pub: { data: "y", info, offset: 2 } });
  });
});

describe("publish proxy", () => {
  const channel = {
    without_namespace: {
      allow_subscribe_for_client: true,
      publish_proxy_enabled: true,
      history_size: 10,
      history_ttl: "60s",
    },
  };

  async function start(answer: (request: PublishProxyRequest) => object) {
    return startServer({ channel }, testBackend({ publish: async (request) => answer(request) }));
  }

  it("replaces the channel's options, and its data is published", async () => {
    const requests: PublishProxyRequest[] = [];
    await using server = await start((request) => {
      requests.push(request);
      return { result: { data: { changed: request.data } } };
    });
    const client = await RawClient.connect(server.url);
    await client.call({ subscribe: { channel: "news" } });
    expect(await client.call({ publish: { channel: "news", data: 1 } })).toEqual({ publish: {} });
    expect(await client.push()).toMatchObject({
      channel: "news",
      pub: { data: { changed: 1 }, info: { user: "42" }, offset: 1 },
    });
    expect(requests).toStrictEqual([
      {
        client: expect.any(String),
        transport: "websocket",
        protocol: "json",
        encoding: "json",
        user: "42",
        channel: "news",
        data: 1,
      },
    ]);
  });

  it("can skip the history", async () => {
    await using server = await start(() => ({ result: { skip_history: true } }));
    const client = await RawClient.connect(server.url);
    await client.call({ subscribe: { channel: "news" } });
    client.sendText('{"id":9,"publish":{"channel":"news","data":12345678901234567890}}');
    expect(await client.push()).not.toHaveProperty("pub.offset");
    expect(client.frames.join("\n")).toContain('"data":12345678901234567890');
    expect(await callApi(server, "history", { channel: "news", limit: -1 })).toMatchObject({
      result: { publications: [], offset: 0 },
    });
  });

  it("returns its error, and nothing is published", async () => {
    await using server = await start(() => ({ error: { code: 403, message: "not yours" } }));
    const client = await RawClient.connect(server.url);
    await client.call({ subscribe: { channel: "news" } });
    expect(await client.call({ publish: { channel: "news", data: 1 } })).toEqual({
      error: { code: 403, message: "not yours" },
    });
    await callApi(server, "publish", { channel: "news", data: "marker" });
    expect(await client.push()).toMatchObject({ pub: { data: "marker" } });
  });

  it("closes the connection, or answers 100 if it fails", async () => {
    await using server = await start(({ data }) => {
      if (data === "fail") throw new Error("failed");
      return { disconnect: { code: 4000, reason: "go" } };
    });
    const client = await RawClient.connect(server.url);
    expect(await client.call({ publish: { channel: "news", data: "fail" } })).toEqual({
      error: { code: 100, message: "internal server error", temporary: true },
    });
    expect(await client.call({ publish: { channel: "news" } })).toEqual(BAD_REQUEST);
    client.send({ id: 9, publish: { channel: "news", data: 1 } });
    expect(await client.closed).toEqual({ code: 4000, reason: "go" });
  });
});
