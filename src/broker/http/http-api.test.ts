import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RawClient } from "../../../testing/raw-client.js";
import { API_KEY, callApi, startServer, type TestServer } from "../testing/server.js";
import { sign } from "../../../testing/tokens.js";

const UNKNOWN = { error: { code: 102, message: "unknown channel" } };
const BAD_REQUEST = { error: { code: 107, message: "bad request" } };
const NOT_AVAILABLE = { error: { code: 108, message: "not available" } };
const STREAM = { history_size: 5, history_ttl: "60s" };

let server: TestServer;
beforeAll(async () => {
  server = await startServer({
    client: { token: { hmac_secret_key: "test-secret" }, channel_limit: 3 },
    health: { enabled: true },
    channel: {
      without_namespace: { allow_subscribe_for_client: true },
      namespaces: [
        { name: "stream", allow_subscribe_for_client: true, ...STREAM, force_recovery: true },
        { name: "json", publication_data_format: "json_object" },
        { name: "here", allow_subscribe_for_client: true, presence: true },
      ],
    },
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const api = async (method: string, params: object) => callApi(server, method, params);

async function post(path: string, init: RequestInit = {}) {
  const response = await fetch(`${server.apiUrl}${path}`, { method: "POST", body: "{}", ...init });
  return { status: response.status, body: await response.text() };
}

describe("the API's requests", () => {
  it("need the key in one of three places", async () => {
    const info = async (headers: Record<string, string>, query = "") =>
      (await post(`/info${query}`, { headers })).status;
    expect(await info({ "X-API-Key": API_KEY })).toBe(200);
    expect(await info({ Authorization: `apikey ${API_KEY}` })).toBe(200);
    expect(await info({ Authorization: `ApiKey  ${API_KEY}` })).toBe(200);
    expect(await info({}, `?api_key=${API_KEY}`)).toBe(200);
    expect(await info({ "X-API-Key": "wrong" }, `?api_key=${API_KEY}`)).toBe(200);
    expect(await info({})).toBe(401);
    expect(await info({ "X-API-Key": "wrong" })).toBe(401);
    expect(await info({ "X-API-Key": "wrong", Authorization: `apikey ${API_KEY}` })).toBe(401);
    expect(await info({ Authorization: `Bearer ${API_KEY}` })).toBe(401);
    expect(await info({}, "?api_key=wrong")).toBe(401);
  });

  it("are refused without a key in the configuration", async () => {
    await using locked = await startServer({ http_api: { key: "" } });
    const response = await fetch(`${locked.apiUrl}/info`, { method: "POST", body: "{}" });
    expect(response.status).toBe(401);
  });

  it("must be POST requests with the JSON of the method", async () => {
    const headers = { "X-API-Key": API_KEY };
    const badRequest = { status: 400, body: "Bad Request\n" };
    expect(await post("/publish", { headers, body: "garbage" })).toEqual(badRequest);
    expect(await post("/publish", { headers, body: "" })).toEqual(badRequest);
    expect(await post("/publish", { headers, body: '{"channel":1}' })).toEqual(badRequest);
    expect(await post("/publish", { headers, body: "[]" })).toEqual(badRequest);
    expect(await post("/unknown", { headers })).toEqual({
      status: 404,
      body: "404 page not found\n",
    });
    const get = await fetch(`${server.apiUrl}/info`, { headers });
    expect(get.status).toBe(405);
  });
});

describe("publish and broadcast", () => {
  it("send no client info", async () => {
    const client = await RawClient.connect(server.url);
    for (const channel of ["a", "b"]) await client.call({ subscribe: { channel } });
    expect(await api("publish", { channel: "a", data: { n: 1 }, tags: { k: "v" } })).toEqual({
      result: {},
    });
    expect(await client.push()).toEqual({
      channel: "a",
      pub: { data: { n: 1 }, tags: { k: "v" } },
    });
    expect(await api("broadcast", { channels: ["a", "b", "", "unknown:a"], data: 2 })).toEqual({
      result: {
        responses: [{ result: {} }, { result: {} }, BAD_REQUEST, UNKNOWN],
      },
    });
    const received = [await client.push(), await client.push()];
    expect(new Set(received.map(({ channel }) => channel))).toEqual(new Set(["a", "b"]));
    client.close();
  });

  it("return the position in a channel with history", async () => {
    const first = (await api("publish", { channel: "stream:pos", data: 1 })) as {
      result: { epoch: string };
    };
    expect(first).toEqual({ result: { offset: 1, epoch: expect.stringMatching(/^[a-zA-Z]{8}$/) } });
    const { epoch } = first.result;
    const skipped = await api("publish", { channel: "stream:pos", data: 2, skip_history: true });
    expect(skipped).toEqual({ result: {} });
    expect(await api("publish", { channel: "stream:pos", data: 3 })).toEqual({
      result: { offset: 2, epoch },
    });
  });

  it("drop publications with the same idempotency key", async () => {
    const publish = async (channel: string, data: number) =>
      api("publish", { channel, data, idempotency_key: "once" });
    const first = await publish("stream:once", 1);
    expect(await publish("stream:once", 2)).toEqual(first);
    expect(await publish("stream:other", 3)).toHaveProperty("result.offset", 1);
    expect(await api("history", { channel: "stream:once", limit: -1 })).toMatchObject({
      result: { publications: [{ data: 1, offset: 1 }], offset: 1 },
    });
  });

  it("drop versions that are not newer, in an epoch", async () => {
    const publish = async (version: number, version_epoch = "") =>
      api("publish", { channel: "stream:version", data: version, version, version_epoch });
    expect(await publish(2)).toHaveProperty("result.offset", 1);
    expect(await publish(1)).toHaveProperty("result.offset", 1);
    expect(await publish(2)).toHaveProperty("result.offset", 1);
    expect(await publish(3)).toHaveProperty("result.offset", 2);
    expect(await publish(1, "other")).toHaveProperty("result.offset", 3);
    expect(await api("history", { channel: "stream:version", limit: -1 })).toMatchObject({
      result: { publications: [{ data: 2 }, { data: 3 }, { data: 1 }] },
    });
  });

  it("accept data in base64", async () => {
    const publish = async (b64data: string) => api("publish", { channel: "stream:b64", b64data });
    expect(await publish(btoa('{"a":1}'))).toHaveProperty("result.offset", 1);
    expect(await publish("!")).toEqual(BAD_REQUEST);
    const unknown = { channel: "unknown:a", b64data: btoa("text") };
    expect(await api("publish", unknown)).toEqual(UNKNOWN);
    expect(await api("history", { channel: "stream:b64", limit: -1 })).toMatchObject({
      result: { publications: [{ data: { a: 1 } }] },
    });
  });

  it("pass data on unchanged", async () => {
    const client = await RawClient.connect(server.url);
    await client.call({ subscribe: { channel: "raw" } });
    const data = '{"id":12345678901234567890, "x":1.0}';
    await post("/publish", {
      headers: { "X-API-Key": API_KEY },
      body: `{"channel":"raw","data":${data}}`,
    });
    await client.push();
    expect(client.frames.at(-1)).toBe(`{"push":{"channel":"raw","pub":{"data":${data}}}}`);
    client.close();
  });

  it("validate the request", async () => {
    expect(await api("publish", { data: 1 })).toEqual(BAD_REQUEST);
    expect(await api("publish", { channel: "a" })).toEqual(BAD_REQUEST);
    expect(await api("publish", { channel: "unknown:a", data: 1 })).toEqual(UNKNOWN);
    expect(await api("publish", { channel: "json:a", data: 1 })).toEqual(BAD_REQUEST);
    expect(await api("publish", { channel: "ünï", data: 1 })).toEqual({ result: {} });
    expect(await api("broadcast", { data: 1 })).toEqual(BAD_REQUEST);
  });
});

describe("connection methods", () => {
  it("unsubscribes a user", async () => {
    const client = await RawClient.connect(server.url, "subscribed");
    const user = "subscribed";
    await client.call({ subscribe: { channel: "stream:control" } });
    expect(await api("unsubscribe", { user, channel: "stream:control" })).toEqual({ result: {} });
    expect(await client.push()).toEqual({
      channel: "stream:control",
      unsubscribe: { code: 2000, reason: "server unsubscribe" },
    });
    expect(await api("unsubscribe", { user, channel: "never" })).toEqual({ result: {} });
    expect(await client.push()).toEqual({
      channel: "never",
      unsubscribe: { code: 2000, reason: "server unsubscribe" },
    });
    client.close();
  });

  it("disconnects one connection of a user", async () => {
    const [first, second] = [
      await RawClient.open(server.url),
      await RawClient.connect(server.url, "two"),
    ];
    const { connect } = await first.call({ connect: { token: await sign({ sub: "two" }) } });
    const { client } = connect as { client: string };
    await api("disconnect", { user: "two", whitelist: [client] });
    expect(await second.closed).toEqual({ code: 3503, reason: "force disconnect" });
    expect(await first.call({ history: { channel: "a" } })).toHaveProperty("error");
    await api("disconnect", { user: "two", client });
    expect(await first.closed).toEqual({ code: 3503, reason: "force disconnect" });
    first.close();
  });

  it("validates requests", async () => {
    expect(await api("unsubscribe", { user: "x", channel: "unknown:a" })).toEqual(UNKNOWN);
    expect(await api("disconnect", { user: "nobody" })).toEqual({ result: {} });
  });

  it("disconnects with a custom code and reason", async () => {
    const client = await RawClient.connect(server.url, "gone");
    await api("disconnect", { user: "gone", disconnect: { code: 4001, reason: "bye" } });
    expect(await client.closed).toEqual({ code: 4001, reason: "bye" });
  });
});

describe("the methods that read", () => {
  it("return the presence", async () => {
    expect(await api("presence", { channel: "a" })).toEqual(NOT_AVAILABLE);
    expect(await api("presence", {})).toEqual(BAD_REQUEST);
    expect(await api("presence", { channel: "here:a" })).toEqual({ result: { presence: {} } });
    const client = await RawClient.connect(server.url, "here");
    await client.call({ subscribe: { channel: "here:a" } });
    const { result } = (await api("presence", { channel: "here:a" })) as {
      result: { presence: Record<string, object> };
    };
    const [[id, info] = []] = Object.entries(result.presence);
    expect(info).toEqual({ user: "here", client: id });
    client.close();
  });

  it("return the history", async () => {
    expect(await api("history", { channel: "a" })).toEqual(NOT_AVAILABLE);
    expect(await api("history", { channel: "unknown:a" })).toEqual(UNKNOWN);
    await api("publish", { channel: "stream:history", data: 1, tags: { k: "v" } });
    await api("publish", { channel: "stream:history", data: 2 });
    const epoch = expect.any(String);
    expect(await api("history", { channel: "stream:history", limit: 1 })).toEqual({
      result: { publications: [{ data: 1, offset: 1, tags: { k: "v" } }], epoch, offset: 2 },
    });
    expect(await api("history", { channel: "stream:history" })).toEqual({
      result: { publications: [], epoch, offset: 2 },
    });
    const since = { offset: 1, epoch: "other" };
    expect(await api("history", { channel: "stream:history", limit: 1, since })).toEqual({
      error: { code: 112, message: "unrecoverable position" },
    });
    const first = { since: { offset: 0 }, reverse: true };
    expect(await api("history", { channel: "stream:history", limit: 1, ...first })).toEqual({
      error: { code: 100, message: "internal server error" },
    });
  });

  it("return information about the node", async () => {
    const { result } = (await api("info", {})) as { result: { nodes: object[] } };
    expect(result.nodes).toHaveLength(1);
    for (const key of ["uid", "name", "version"]) {
      expect(result.nodes[0]).toHaveProperty(key, expect.any(String));
    }
    for (const key of ["num_clients", "num_users", "num_subs", "num_channels"]) {
      expect(result.nodes[0]).toHaveProperty(key, expect.any(Number));
    }
  });
});

describe("other paths", () => {
  it("serve the health check and the WebSocket only", async () => {
    const origin = new URL(server.apiUrl).origin;
    const get = async (path: string) => {
      const response = await fetch(`${origin}${path}`);
      return { status: response.status, body: await response.text() };
    };
    expect(await get("/health")).toEqual({ status: 200, body: "{}" });
    expect((await get("/connection/websocket")).status).toBe(400);
    expect(await get("/unknown")).toEqual({ status: 404, body: "404 page not found\n" });
    await using plain = await startServer();
    const { status } = await fetch(`${new URL(plain.apiUrl).origin}/health`);
    expect(status).toBe(404);
  });
});
