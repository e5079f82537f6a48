import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RawClient } from "../../../testing/raw-client.js";
import { callApi, startServer, type TestServer } from "../testing/server.js";

const UNRECOVERABLE = { error: { code: 112, message: "unrecoverable position" } };

describe("history", () => {
  let server: TestServer;
  let epoch: string;
  let client: RawClient;
  beforeAll(async () => {
    const options = { allow_subscribe_for_client: true, history_size: 5, history_ttl: "60s" };
    server = await startServer({
      client: {
        token: { hmac_secret_key: "test-secret" },
        history_max_publication_limit: 3,
        recovery_max_publication_limit: 4,
      },
      channel: {
        without_namespace: { ...options, allow_history_for_client: true, force_recovery: true },
        namespaces: [
          { name: "none", allow_history_for_client: true },
          { name: "subs", ...options, allow_history_for_subscriber: true },
        ],
      },
    });
    for (const data of [1, 2, 3, 4, 5, 6, 7]) {
      const { result } = (await callApi(server, "publish", { channel: "ch", data })) as {
        result: { epoch: string };
      };
      epoch = result.epoch;
    }
    client = await RawClient.connect(server.url);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const pubs = (...offsets: number[]) => offsets.map((offset) => ({ data: offset, offset }));

  async function history(request: object, channel = "ch") {
    return client.call({ history: { channel, ...request } });
  }

  it.each([
    ["no limit", {}, []],
    ["everything, cut to the largest limit", { limit: -1 }, [3, 4, 5]],
    ["too much, cut to the largest limit", { limit: 100 }, [3, 4, 5]],
    ["the first", { limit: 2 }, [3, 4]],
    ["the last", { limit: 2, reverse: true }, [7, 6]],
    ["those since a position", { limit: 3, since: { offset: 5 } }, [6, 7]],
    ["those since the newest", { limit: 3, since: { offset: 7 } }, []],
    ["those since the future", { limit: 3, since: { offset: 70 } }, []],
    ["those since a position that is gone", { limit: 2, since: { offset: 1 } }, [3, 4]],
    ["those before a position", { limit: 2, since: { offset: 6 }, reverse: true }, [5, 4]],
    ["those before the first", { limit: 2, since: { offset: 3 }, reverse: true }, []],
    ["those before the end", { limit: 2, since: { offset: 8 }, reverse: true }, [7, 6]],
    ["those before the future", { limit: 2, since: { offset: 9 }, reverse: true }, []],
  ])("returns %s", async (_, request, offsets) => {
    expect(await history(request)).toEqual({
      history: { publications: pubs(...offsets), epoch, offset: 7 },
    });
  });

  it("checks the epoch of a position", async () => {
    expect(await history({ limit: 3, since: { offset: 6, epoch } })).toEqual({
      history: { publications: pubs(7), epoch, offset: 7 },
    });
    expect(await history({ limit: 3, since: { offset: 6, epoch: "other" } })).toEqual(
      UNRECOVERABLE,
    );
    expect(await history({ since: { offset: 0 }, reverse: true })).toEqual({
      error: { code: 107, message: "bad request" },
    });
  });

  it("checks permissions", async () => {
    expect(await history({}, "none:ch")).toEqual({
      error: { code: 108, message: "not available" },
    });
    expect(await history({}, "unknown:ch")).toHaveProperty("error.code", 102);
    expect(await history({}, "subs:ch")).toHaveProperty("error.code", 103);
    await client.call({ subscribe: { channel: "subs:ch" } });
    expect(await history({}, "subs:ch")).toEqual({
      history: { publications: [], epoch: expect.any(String), offset: 0 },
    });
    const anonymous = await RawClient.connect(server.url, "");
    expect(await anonymous.call({ history: { channel: "ch" } })).toHaveProperty("error.code", 103);
  });

  describe("recovery", () => {
    async function recover(offset: number, from = epoch, flag = 0) {
      const subscriber = await RawClient.connect(server.url);
      const request = { channel: "ch", recover: true, epoch: from, offset, flag };
      const reply = await subscriber.call({ subscribe: request });
      subscriber.close();
      return reply;
    }
    const granted = () => ({ epoch, recoverable: true, positioned: true, was_recovering: true });

    it("returns what was missed", async () => {
      expect(await recover(5)).toEqual({
        subscribe: { ...granted(), recovered: true, offset: 5, publications: pubs(6, 7) },
      });
      expect(await recover(7)).toEqual({
        subscribe: { ...granted(), recovered: true, offset: 7 },
      });
    });

    it.each([
      ["too much was missed", 2],
      ["it is gone from the history", 1],
      ["the position lies in the future", 8],
    ])("fails if %s", async (_, offset) => {
      expect(await recover(offset)).toEqual({ subscribe: { ...granted(), offset: 7 } });
      expect(await recover(offset, epoch, 2)).toEqual(UNRECOVERABLE);
    });

    it("fails for another epoch and succeeds without an epoch", async () => {
      expect(await recover(5, "other")).toEqual({ subscribe: { ...granted(), offset: 7 } });
      expect(await recover(5, "other", 2)).toEqual(UNRECOVERABLE);
      expect(await recover(5, "")).toHaveProperty("subscribe.recovered", true);
    });
  });
});

describe("history time to live", () => {
  const options = { history_size: 5, history_ttl: "1s", history_meta_ttl: "3s" };

  async function publishTo(server: TestServer, channel: string) {
    const reply = await callApi(server, "publish", { channel, data: 1 });
    return (reply as { result: { epoch: string; offset: number } }).result;
  }

  it("drops publications and keeps the position", async () => {
    await using server = await startServer({ channel: { without_namespace: options } });
    const { epoch } = await publishTo(server, "ch");
    const read = async () => callApi(server, "history", { channel: "ch", limit: -1 });
    await expect.poll(read, { interval: 100 }).toMatchObject({
      result: { publications: [], offset: 1, epoch },
    });
  });

  it("drops the position, so that subscribers have to subscribe again", async () => {
    await using server = await startServer({
      channel: {
        without_namespace: { ...options, allow_subscribe_for_client: true, force_recovery: true },
      },
    });
    const client = await RawClient.connect(server.url);
    const first = await publishTo(server, "ch");
    await client.call({ subscribe: { channel: "ch" } });
    // Looking at the stream would extend its life, so there is nothing to wait for but time.
    await new Promise((resolve) => setTimeout(resolve, 5500));
    const second = await publishTo(server, "ch");
    expect(second.offset).toBe(1);
    expect(second.epoch).not.toBe(first.epoch);
    expect(await client.push()).toEqual({
      channel: "ch",
      unsubscribe: { code: 2500, reason: "insufficient state" },
    });
  });
});
