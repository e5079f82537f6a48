import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RawClient } from "../../../testing/raw-client.js";
import { callApi, startServer, type TestServer } from "../testing/server.js";
import { secondsFromNow, sign } from "../../../testing/tokens.js";

const DENIED = { error: { code: 103, message: "permission denied" } };
const STREAM = { history_size: 10, history_ttl: "60s" };
const EPOCH = expect.stringMatching(/^[a-zA-Z]{8}$/);

describe("subscribe", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({
      client: { token: { hmac_secret_key: "test-secret" }, channel_limit: 3 },
      channel: {
        max_length: 40,
        without_namespace: { allow_user_limited_channels: true },
        namespaces: [
          { name: "open", allow_subscribe_for_client: true },
          { name: "closed" },
          { name: "users", allow_user_limited_channels: true, allow_subscribe_for_client: true },
          { name: "stream", allow_subscribe_for_client: true, ...STREAM, force_recovery: true },
          { name: "ask", allow_subscribe_for_client: true, ...STREAM, allow_recovery: true },
          { name: "positions", allow_subscribe_for_client: true, force_positioning: true },
        ],
      },
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  async function subscribe(channel: string, request: object = {}, user = "42") {
    const client = await RawClient.connect(server.url, user);
    const reply = await client.call({ subscribe: { channel, ...request } });
    client.close();
    return reply;
  }

  it.each([
    ["open:news", { subscribe: {} }],
    ["closed:news", DENIED],
    ["news", DENIED],
    ["unknown:news", { error: { code: 102, message: "unknown channel" } }],
    ["user#42", { subscribe: {} }],
    ["user#43", DENIED],
    ["dialog#41,42", { subscribe: {} }],
    ["dialog#42#41", DENIED],
    ["open:user#43", { subscribe: {} }],
    ["users:user#42", { subscribe: {} }],
    ["users:user#43", DENIED],
    ["users:all", { subscribe: {} }],
    ["$open:news", DENIED],
    ["open:ünï", { error: { code: 107, message: "bad request" } }],
    [`open:${"x".repeat(35)}`, { subscribe: {} }],
    [`open:${"x".repeat(36)}`, { error: { code: 107, message: "bad request" } }],
  ])("to %s", async (channel, reply) => {
    expect(await subscribe(channel)).toEqual(reply);
  });

  it("refuses anonymous clients without the anonymous option", async () => {
    expect(await subscribe("open:news", {}, "")).toEqual(DENIED);
    expect(await subscribe("user#", {}, "")).toEqual({ subscribe: {} });
  });

  it("answers 105 if already subscribed", async () => {
    const client = await RawClient.connect(server.url);
    await client.call({ subscribe: { channel: "open:a" } });
    const reply = await client.call({ subscribe: { channel: "open:a" } });
    expect(reply).toEqual({ error: { code: 105, message: "already subscribed" } });
  });

  it("answers 106 over the channel limit", async () => {
    const client = await RawClient.connect(server.url);
    const call = async (channel: string) => client.call({ subscribe: { channel } });
    for (const name of ["a", "b", "c"])
      expect(await call(`open:${name}`)).toEqual({ subscribe: {} });
    expect(await call("open:d")).toEqual({ error: { code: 106, message: "limit exceeded" } });
    expect(await client.call({ unsubscribe: { channel: "open:a" } })).toEqual({ unsubscribe: {} });
    expect(await call("open:d")).toEqual({ subscribe: {} });
  });

  it("counts subscriptions that are made at the same time", async () => {
    await using concurrent = await startServer({
      client: { token: { hmac_secret_key: "test-secret" }, channel_limit: 3, concurrency: 16 },
      channel: { without_namespace: { allow_subscribe_for_client: true } },
    });
    const client = await RawClient.connect(concurrent.url);
    const channels = ["a", "b", "c", "a", "d", "e"];
    const subscribing = channels.map((channel, id) => ({ id: id + 2, subscribe: { channel } }));
    client.send(...subscribing);
    const replies = new Map<unknown, unknown>();
    for (const _ of channels) {
      const { id, ...reply } = await client.take();
      replies.set(id, (reply["error"] as { code: number } | undefined)?.code);
    }
    expect(subscribing.map(({ id }) => replies.get(id))).toEqual([
      undefined,
      undefined,
      undefined,
      105,
      106,
      106,
    ]);
  });

  it("frees the channel if it is refused", async () => {
    const client = await RawClient.connect(server.url);
    for (const _ of [1, 2, 3, 4]) {
      expect(await client.call({ subscribe: { channel: "closed:a" } })).toEqual(DENIED);
    }
  });

  it("grants what the channel forces and what the client may ask for", async () => {
    const granted = { epoch: EPOCH, positioned: true };
    expect(await subscribe("stream:grants")).toEqual({
      subscribe: { ...granted, recoverable: true },
    });
    expect(await subscribe("ask:grants")).toEqual({ subscribe: {} });
    expect(await subscribe("ask:grants", { positioned: true })).toEqual({ subscribe: {} });
    expect(await subscribe("ask:grants", { recoverable: true })).toEqual({
      subscribe: { ...granted, recoverable: true },
    });
    expect(await subscribe("positions:grants")).toEqual({ subscribe: granted });
    expect(await subscribe("open:grants", { recoverable: true, positioned: true })).toEqual({
      subscribe: {},
    });
  });

  it("refuses other types of subscriptions and tag filters", async () => {
    expect(await subscribe("open:news", { type: 1 })).toEqual(DENIED);
    expect(await subscribe("open:news", { tf: { op: "", key: "a", cmp: "eq", val: "b" } })).toEqual(
      {
        error: { code: 107, message: "bad request" },
      },
    );
    expect(await subscribe("open:news", { tf: {}, type: 5 })).toHaveProperty("error.code", 107);
    const channel = "closed:filtered";
    const token = await sign({ sub: "42", channel, expire_at: 1 });
    expect(await subscribe(channel, { token, tf: {} })).toHaveProperty("error.code", 110);
    expect(await subscribe("open:news", { delta: "fossil" })).toEqual({ subscribe: {} });
  });

  it("unsubscribes, even without a subscription", async () => {
    const client = await RawClient.connect(server.url);
    await client.call({ subscribe: { channel: "open:leaving" } });
    for (const _ of [1, 2]) {
      const reply = await client.call({ unsubscribe: { channel: "open:leaving" } });
      expect(reply).toEqual({ unsubscribe: {} });
    }
    await callApi(server, "publish", { channel: "open:leaving", data: 1 });
    expect(client.unread).toEqual([]);
  });

  describe("with a token", () => {
    const channel = "closed:token";

    it("subscribes to the channel of the token", async () => {
      const token = await sign({ sub: "42", channel, info: { a: 1 }, data: { hello: 1.0 } });
      expect(await subscribe(channel, { token })).toEqual({ subscribe: { data: { hello: 1 } } });
    });

    it("subscribes to private channels", async () => {
      const token = await sign({ sub: "42", channel: "$closed:x" });
      expect(await subscribe("$closed:x", { token })).toEqual({ subscribe: {} });
    });

    it("overrides the channel's options", async () => {
      const override = { force_positioning: { value: true }, force_recovery: { value: true } };
      const token = await sign({ sub: "42", channel, override });
      expect(await subscribe(channel, { token })).toEqual({
        subscribe: { epoch: EPOCH, positioned: true, recoverable: true },
      });
    });

    it("answers 103 to an invalid signature and 109 to an expired token", async () => {
      const wrong = await sign({ sub: "42", channel }, "another-secret");
      expect(await subscribe(channel, { token: wrong })).toEqual(DENIED);
      const expired = await sign({ sub: "42", channel, exp: secondsFromNow(-1) });
      expect(await subscribe(channel, { token: expired })).toEqual({
        error: { code: 109, message: "token expired" },
      });
      const noChannel = await sign({ sub: "42" });
      expect(await subscribe(channel, { token: noChannel })).toEqual(DENIED);
    });

    it.each([
      ["another channel", { sub: "42", channel: "closed:other" }],
      ["another user", { sub: "43", channel }],
      ["another connection", { sub: "42", channel, client: "other" }],
    ])("closes with 3500 for a token of %s", async (_, claims) => {
      const client = await RawClient.connect(server.url);
      client.send({ id: 2, subscribe: { channel, token: await sign(claims) } });
      expect(await client.closed).toEqual({ code: 3500, reason: "invalid token" });
    });
  });
});

describe("server-side subscriptions", () => {
  const config = {
    client: {
      token: { hmac_secret_key: "test-secret" },
      channel_limit: 2,
    },
    channel: {
      namespaces: [
        { name: "stream", ...STREAM, force_recovery: true },
        { name: "open", allow_subscribe_for_client: true },
      ],
    },
  };

  it("come from the token", async () => {
    await using server = await startServer(config);
    const client = await RawClient.open(server.url);
    const token = await sign({
      sub: "42",
      subs: { "open:mine": {}, "stream:a": { data: { x: 1 } } },
    });
    const reply = await client.call({ connect: { token } });
    expect(reply).toHaveProperty("connect.subs", {
      "open:mine": {},
      "stream:a": { recoverable: true, positioned: true, epoch: EPOCH, data: { x: 1 } },
    });
    await callApi(server, "publish", { channel: "open:mine", data: "hi" });
    expect(await client.push()).toEqual({ channel: "open:mine", pub: { data: "hi" } });
    expect(await client.call({ subscribe: { channel: "open:mine" } })).toHaveProperty(
      "error.code",
      105,
    );
  });

  it("recover from the positions in the connect command", async () => {
    await using server = await startServer(config);
    const { result } = (await callApi(server, "publish", { channel: "stream:a", data: 1 })) as {
      result: { epoch: string };
    };
    const client = await RawClient.open(server.url);
    const token = await sign({ sub: "42", channels: ["stream:a"] });
    const subs = { "stream:a": { recover: true, epoch: result.epoch, offset: 0 } };
    expect(await client.call({ connect: { token, subs } })).toHaveProperty(
      ["connect", "subs", "stream:a"],
      {
        recoverable: true,
        positioned: true,
        epoch: result.epoch,
        recovered: true,
        was_recovering: true,
        publications: [{ data: 1, offset: 1 }],
      },
    );
  });

  it("include those that the client asks for, if they are allowed", async () => {
    await using server = await startServer(config);
    const client = await RawClient.open(server.url);
    const token = await sign({ sub: "42" });
    const reply = await client.call({ connect: { token, subs: { "open:a": {}, "stream:a": {} } } });
    expect(reply).toHaveProperty("connect.subs", { "open:a": {} });
  });

  it("answer 102 for an unknown namespace and 3505 over the limit", async () => {
    await using server = await startServer(config);
    const client = await RawClient.open(server.url);
    const reply = await client.call({
      connect: { token: await sign({ sub: "42", channels: ["unknown:a"] }) },
    });
    expect(reply).toEqual({ error: { code: 102, message: "unknown channel" } });
    const greedy = await RawClient.open(server.url);
    const channels = ["open:a", "open:b", "open:c"];
    greedy.send({ id: 1, connect: { token: await sign({ sub: "42", channels }) } });
    expect(await greedy.closed).toEqual({ code: 3505, reason: "channel limit" });
  });
});
