import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RawClient } from "../../../testing/raw-client.js";
import { startServer, type TestServer } from "../testing/server.js";

describe("presence", () => {
  let server: TestServer;
  beforeAll(async () => {
    const options = { allow_subscribe_for_client: true, presence: true, join_leave: true };
    server = await startServer({
      channel: {
        without_namespace: { allow_subscribe_for_client: true, allow_presence_for_client: true },
        namespaces: [
          { name: "on", ...options, allow_presence_for_client: true },
          { name: "subs", ...options, allow_presence_for_subscriber: true },
          { name: "push", ...options, force_push_join_leave: true },
        ],
      },
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it("shows who is subscribed", async () => {
    const channel = "on:a";
    const watcher = await RawClient.connect(server.url, "watcher");
    const show = async () => ({
      ...(await watcher.call({ presence: { channel } })),
      ...(await watcher.call({ presence_stats: { channel } })),
    });
    expect(await show()).toEqual({
      presence: { presence: {} },
      presence_stats: { num_clients: 0, num_users: 0 },
    });
    const clients = [
      await RawClient.connect(server.url, "42", { info: { n: 1 } }),
      await RawClient.connect(server.url, "42"),
    ];
    for (const client of clients) await client.call({ subscribe: { channel } });
    const { presence, presence_stats } = (await show()) as {
      presence: { presence: Record<string, object> };
      presence_stats: object;
    };
    expect(presence_stats).toEqual({ num_clients: 2, num_users: 1 });
    const present = Object.entries(presence.presence);
    expect(present).toHaveLength(2);
    for (const [id, info] of present) expect(info).toMatchObject({ client: id, user: "42" });
    expect(present.map(([, info]) => info)).toContainEqual(
      expect.objectContaining({ conn_info: { n: 1 } }),
    );
    await clients[0]!.call({ unsubscribe: { channel } });
    clients[1]!.close();
    await expect.poll(show).toHaveProperty("presence_stats.num_clients", 0);
  });

  it("checks permissions", async () => {
    const client = await RawClient.connect(server.url);
    for (const name of ["presence", "presence_stats"]) {
      const ask = async (channel: string) => client.call({ [name]: { channel } });
      expect(await ask("off")).toEqual({ error: { code: 108, message: "not available" } });
      expect(await ask("unknown:a")).toHaveProperty("error.code", 102);
      expect(await ask(`subs:${name}`)).toHaveProperty("error.code", 103);
      await client.call({ subscribe: { channel: `subs:${name}` } });
      expect(await ask(`subs:${name}`)).toHaveProperty(name);
    }
  });

  it("sends joins and leaves to clients that ask for them", async () => {
    const channel = "on:join";
    const asking = await RawClient.connect(server.url, "asking");
    const silent = await RawClient.connect(server.url, "silent");
    await asking.call({ subscribe: { channel, join_leave: true } });
    expect(await asking.push()).toMatchObject({ channel, join: { info: { user: "asking" } } });
    await silent.call({ subscribe: { channel, join_leave: false } });
    expect(await asking.push()).toMatchObject({ channel, join: { info: { user: "silent" } } });
    await silent.call({ unsubscribe: { channel } });
    expect(await asking.push()).toEqual({
      channel,
      leave: { info: { user: "silent", client: expect.any(String) } },
    });
    expect(silent.unread).toEqual([]);
  });

  it("sends joins and leaves to all clients if the channel forces it", async () => {
    const channel = "push:join";
    const first = await RawClient.connect(server.url, "first");
    await first.call({ subscribe: { channel } });
    expect(await first.push()).toMatchObject({ join: { info: { user: "first" } } });
    const second = await RawClient.connect(server.url, "second");
    await second.call({ subscribe: { channel } });
    expect(await first.push()).toMatchObject({ join: { info: { user: "second" } } });
    second.socket.terminate();
    expect(await first.push()).toMatchObject({ leave: { info: { user: "second" } } });
  });
});
