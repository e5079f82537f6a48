// One store for both kinds: two gateways on one Redis, and a single gateway.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startRedis, type RedisProcess } from "../../../testing/processes/redis.js";
import { findProgram } from "../../../testing/toolchains.js";
import type { Ack, AckStore } from "./ack-store.js";
import { createMemoryAckStore } from "./memory-ack-store.js";
import { connectRedisAckStore } from "./redis-ack-store.js";

const binary = findProgram("redis-server");
const TTL_MS = 60_000;
const ack = (userId: string, subscriberId: string, clientId = `c-${subscriberId}`): Ack => ({
  userId,
  subscriberId,
  clientId,
});

let redis: RedisProcess | undefined;
beforeAll(async () => {
  if (binary) redis = await startRedis(binary);
});
afterAll(() => redis?.close());

const opened: AckStore[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});
function kept(store: AckStore): AckStore {
  opened.push(store);
  return store;
}

let lastPrefix = 0;
/** The store as two gateways have it. */
const stores: Record<string, () => Promise<[AckStore, AckStore]>> = {
  "in memory": async () => {
    const store = kept(createMemoryAckStore());
    return [store, store];
  },
  "in Redis": async () => {
    const options = { url: redis?.url ?? "", prefix: `test-${++lastPrefix}:` };
    return [kept(await connectRedisAckStore(options)), kept(await connectRedisAckStore(options))];
  },
};

describe.each(Object.entries(stores))("acknowledgements %s", (name, connect) => {
  describe.skipIf(name === "in Redis" && !binary)("where it can run", () => {
    it("are waited for by a time that is not a whole number of milliseconds", async () => {
      const [store] = await connect();
      expect(await store.open("fraction", "events:a", 60_000.5)).toEqual([]);
      expect(await store.channelOf("fraction")).toBe("events:a");
    });

    it("count once for each subscriber of a user and each connection", async () => {
      const [first, second] = await connect();
      const heard: [string, Ack][] = [];
      first.onAck((messageId, heardAck) => heard.push([messageId, heardAck]));
      expect(await first.open("m1", "events:a", TTL_MS)).toEqual([]);
      expect(await second.add("m1", ack("42", "s1"))).toBe(true);
      // The same client object after a reconnect, and one connection that makes up subscribers.
      expect(await first.add("m1", ack("42", "s1", "c-new"))).toBe(false);
      expect(await second.add("m1", ack("42", "made-up", "c-s1"))).toBe(false);
      // Another user may have the same subscriber ID.
      expect(await second.add("m1", ack("43", "s1", "c-43"))).toBe(true);
      await expect.poll(() => heard.length).toBe(2);
      expect(heard).toEqual([
        ["m1", ack("42", "s1")],
        ["m1", ack("43", "s1", "c-43")],
      ]);
      expect(await second.list("m1")).toHaveLength(2);
    });

    it("are refused when nobody waits, and kept for whoever waits again", async () => {
      const [first, second] = await connect();
      expect(await first.add("m1", ack("42", "s1"))).toBe(false);
      await first.open("m1", "events:a", TTL_MS);
      await first.end("m1");
      expect(await second.channelOf("m1")).toBe("events:a");
      expect(await second.add("m1", ack("42", "s1"))).toBe(false);
      expect(await second.open("m1", "events:a", TTL_MS)).toEqual([ack("42", "s1")]);
      expect(await first.add("m1", ack("43", "s2"))).toBe(true);
    });

    it("count while any of two gateways waits", async () => {
      const [first, second] = await connect();
      await first.open("m1", "events:a", TTL_MS);
      await second.open("m1", "events:a", TTL_MS);
      await first.end("m1");
      expect(await first.add("m1", ack("42", "s1"))).toBe(true);
    });

    it("are forgotten with their publication, also when it ends afterwards", async () => {
      const [first, second] = await connect();
      await first.open("m1", "events:a", 50);
      await expect.poll(() => second.channelOf("m1")).toBeUndefined();
      await first.end("m1");
      expect(await second.add("m1", ack("42", "s1"))).toBe(false);
      expect(await second.channelOf("m1")).toBeUndefined();
      expect(await first.list("m1")).toEqual([]);
    });

    it("find a publication that is repeated with its idempotency key", async () => {
      const [first, second] = await connect();
      expect(await first.identify("events:a", "k", "m1")).toBe("m1");
      expect(await second.identify("events:a", "k", "m2")).toBe("m1");
      expect(await second.identify("events:b", "k", "m3")).toBe("m3");
    });
  });
});

describe.skipIf(!binary)("in Redis", () => {
  it("one of many gateways takes an acknowledgement that reaches all at once", async () => {
    const options = { url: redis?.url ?? "", prefix: "race:" };
    const all = await Promise.all([1, 2, 3].map(() => connectRedisAckStore(options).then(kept)));
    for (let round = 0; round < 30; round++) {
      await all[0]!.open(`m${round}`, "events:a", TTL_MS);
      const added = await Promise.all(all.map((each) => each.add(`m${round}`, ack("42", "s"))));
      expect(added.filter(Boolean)).toHaveLength(1);
    }
  });
});
