import { Centrifuge, type PublicationContext, type SubscribedContext } from "centrifuge";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import {
  callApi,
  CENTRIFUGO_BIN,
  startServer,
  testBackend,
  type TestServer,
} from "../testing/server.js";
import { secondsFromNow, sign } from "../../../testing/tokens.js";

/** The server with Centrifugo's own JavaScript SDK. */
describe("the SDK", () => {
  let server: TestServer;
  const sockets: WebSocket[] = [];
  const clients: Centrifuge[] = [];

  /** Remembers the sockets that the SDK opens, so that a test can cut them. */
  class RecordedWebSocket extends WebSocket {
    constructor(url: string, protocols?: string | string[]) {
      super(url, protocols);
      sockets.push(this);
    }
  }

  beforeAll(async () => {
    server = await startServer(
      {
        client: {
          token: { hmac_secret_key: "test-secret" },
          concurrency: 16,
          ping_interval: "1s",
          pong_timeout: "900ms",
        },
        channel: {
          without_namespace: {
            allow_user_limited_channels: true,
            history_size: 100,
            history_ttl: "60s",
            force_recovery: true,
          },
          namespaces: [
            { name: "open", allow_subscribe_for_client: true, allow_publish_for_subscriber: true },
          ],
        },
        rpc: { without_namespace: { proxy_enabled: true }, proxy: { timeout: "10s" } },
      },
      testBackend({
        rpc: async ({ method, data, user }) =>
          method === "fail"
            ? { error: { code: 1000, message: "failed" } }
            : { result: { data: { method, data, user } } },
      }),
    );
  });
  afterAll(() => server[Symbol.asyncDispose]());
  afterEach(() => {
    for (const client of clients.splice(0)) client.disconnect();
    sockets.length = 0;
  });

  function clientWith(token: string, options: object = {}): Centrifuge {
    const client = new Centrifuge(server.url, {
      token,
      websocket: RecordedWebSocket,
      minReconnectDelay: 10,
      maxReconnectDelay: 50,
      ...options,
    });
    clients.push(client);
    return client;
  }

  async function connected(): Promise<Centrifuge> {
    const client = clientWith(await sign({ sub: "42" }));
    client.connect();
    await client.ready(5000);
    return client;
  }

  it("connects and calls", async () => {
    const client = await connected();
    expect(await client.rpc("tasks.get", { a: 1 })).toEqual({
      data: { method: "tasks.get", data: { a: 1 }, user: "42" },
    });
    await expect(client.rpc("fail", null)).rejects.toMatchObject({ code: 1000, message: "failed" });
  });

  it("calls 1,000 times at once", async () => {
    const client = await connected();
    const results = await Promise.all(
      Array.from({ length: 1000 }, (_, n) => client.rpc("echo", n)),
    );
    expect(results.map(({ data }) => (data as { data: number }).data)).toEqual(
      Array.from({ length: 1000 }, (_, n) => n),
    );
  });

  it("subscribes to the user's own channel only", async () => {
    const client = await connected();
    const own = client.newSubscription("user#42");
    own.subscribe();
    await own.ready(5000);
    const published = new Promise<PublicationContext>((resolve) => own.on("publication", resolve));
    await callApi(server, "publish", { channel: "user#42", data: { n: 1 } });
    expect(await published).toMatchObject({ channel: "user#42", data: { n: 1 } });
    const foreign = client.newSubscription("user#43");
    const refused = new Promise((resolve) => foreign.on("unsubscribed", resolve));
    foreign.subscribe();
    expect(await refused).toMatchObject({ code: 103, reason: "permission denied" });
  });

  it("publishes", async () => {
    const client = await connected();
    const subscription = client.newSubscription("open:chat");
    subscription.subscribe();
    await subscription.ready(5000);
    const published = new Promise<PublicationContext>((resolve) =>
      subscription.on("publication", resolve),
    );
    await subscription.publish({ text: "hi" });
    expect(await published).toMatchObject({ data: { text: "hi" }, info: { user: "42" } });
  });

  it("recovers what was published while it was disconnected", async () => {
    const client = await connected();
    const subscription = client.newSubscription("user#42");
    const received: unknown[] = [];
    subscription.on("publication", ({ data }) => received.push(data));
    subscription.subscribe();
    await subscription.ready(5000);
    await callApi(server, "publish", { channel: "user#42", data: "before" });
    await expect.poll(() => received).toEqual(["before"]);

    const reconnecting = new Promise((resolve) => subscription.on("subscribing", resolve));
    const again = new Promise<SubscribedContext>((resolve) =>
      subscription.on("subscribed", resolve),
    );
    sockets.at(-1)!.terminate();
    await reconnecting;
    for (const data of ["one", "two"])
      await callApi(server, "publish", { channel: "user#42", data });
    expect(await again).toMatchObject({ wasRecovering: true, recovered: true });
    await expect.poll(() => received).toEqual(["before", "one", "two"]);
  });

  it("reconnects and recovers after a disconnect by the server", async () => {
    const client = await connected();
    const subscription = client.newSubscription("user#42");
    subscription.subscribe();
    await subscription.ready(5000);
    const again = new Promise<SubscribedContext>((resolve) =>
      subscription.on("subscribed", resolve),
    );
    await callApi(server, "disconnect", {
      user: "42",
      disconnect: { code: 3011, reason: "again" },
    });
    expect(await again).toMatchObject({ recovered: true });
  });

  it("gives up after an invalid signature", async () => {
    const client = clientWith(await sign({ sub: "42" }, "another-secret"));
    const disconnected = new Promise((resolve) => client.on("disconnected", resolve));
    client.connect();
    expect(await disconnected).toEqual({ code: 3500, reason: "invalid token" });
  });

  it("replaces an expired token, and gives up without a new one", async () => {
    const expired = await sign({ sub: "42", exp: secondsFromNow(-10) });
    const client = clientWith(expired, { getToken: async () => sign({ sub: "42" }) });
    const errors: unknown[] = [];
    client.on("error", ({ error }) => errors.push(error));
    client.connect();
    await client.ready(5000);
    expect(errors).toMatchObject([{ code: 109 }]);
  });

  it("refreshes its token before it expires", async () => {
    const client = clientWith(await sign({ sub: "42", exp: secondsFromNow(2) }), {
      getToken: async () => sign({ sub: "42", exp: secondsFromNow(100) }),
    });
    client.connect();
    await client.ready(5000);
    const refreshed = new Promise((resolve) => {
      sockets[0]!.on("message", (data: Buffer) => {
        if (data.toString().includes('"refresh":{"expires":true')) resolve(true);
      });
    });
    expect(await refreshed).toBe(true);
    expect(sockets).toHaveLength(1);
  });

  it("answers pings and stays connected", async () => {
    const client = await connected();
    let pings = 0;
    sockets.at(-1)!.on("message", (data: Buffer) => {
      if (data.toString() === "{}") pings++;
    });
    await expect.poll(() => pings).toBeGreaterThanOrEqual(2);
    expect(client.state).toBe("connected");
    expect(sockets).toHaveLength(1);
  });

  it.skipIf(CENTRIFUGO_BIN)("gives up where only protobuf would do", async () => {
    const client = new Centrifuge(`${server.url}?format=protobuf`, {
      token: await sign({ sub: "42" }),
      websocket: RecordedWebSocket,
    });
    clients.push(client);
    const disconnected = new Promise((resolve) => client.on("disconnected", resolve));
    client.connect();
    expect(await disconnected).toEqual({ code: 3506, reason: "only JSON is supported" });
  });
});
