import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { freePort } from "../../../testing/ports.js";
import { startRedis, type RedisProcess } from "../../../testing/processes/redis.js";
import { findProgram } from "../../../testing/toolchains.js";
import type { CallStore } from "./call-store.js";
import { connectRedisCallStore } from "./redis-call-store.js";
import { StoreError } from "../stores/redis-connection.js";

const binary = findProgram("redis-server");
const TTL_MS = 60_000;

describe.skipIf(binary === undefined)("the store of calls in Redis", () => {
  let redis: RedisProcess;
  const stores: CallStore[] = [];
  const connect = async (options: { prefix?: string } = {}): Promise<CallStore> => {
    const store = await connectRedisCallStore({ url: redis.url, ...options });
    stores.push(store);
    return store;
  };

  beforeAll(async () => {
    redis = await startRedis(binary ?? "");
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
  });
  afterAll(() => redis?.close());

  it("gives a call to the first that claims it, until it gives it up", async () => {
    const [first, second] = await Promise.all([connect(), connect()]);
    expect(await first.claim("42 a", TTL_MS)).toBe(true);
    expect(await second.claim("42 a", TTL_MS)).toBe(false);
    expect(await second.claim("43 a", TTL_MS)).toBe(true);
    expect(await first.release("42 a")).toBe(true);
    expect(await second.claim("42 a", TTL_MS)).toBe(true);
    expect(await second.release("42 a")).toBe(false);
    expect(await second.release("43 a")).toBe(false);
  });

  it("gives a call to one of many that claim it at once", async () => {
    const all = await Promise.all([connect(), connect(), connect()]);
    for (let round = 0; round < 50; round++) {
      const claims = await Promise.all(all.map((store) => store.claim(`42 ${round}`, TTL_MS)));
      expect(claims.filter(Boolean)).toHaveLength(1);
      expect(await all[0]?.release(`42 ${round}`)).toBe(true);
    }
  });

  it("forgets a claim after its time, and later claims do not lengthen it", async () => {
    const [first, second] = await Promise.all([connect(), connect()]);
    expect(await first.claim("42 short", 500)).toBe(true);
    expect(await second.claim("42 short", TTL_MS)).toBe(false);
    // Asking by a cancellation, which claims nothing itself.
    await expect.poll(() => second.cancel("42 short")).toBe(false);
    expect(await second.claim("42 short", TTL_MS)).toBe(true);
    await second.release("42 short");
  });

  it("takes a time that is not a whole number of milliseconds", async () => {
    const store = await connect();
    expect(await store.claim("42 fraction", 1500.5)).toBe(true);
    await store.release("42 fraction");
  });

  it("tells all gateways of a cancellation", async () => {
    const [first, second] = await Promise.all([connect(), connect()]);
    await first.claim("42 a", TTL_MS);
    const heard = new Promise((resolve) => first.onCancel(resolve));
    expect(await second.cancel("42 a")).toBe(true);
    expect(await heard).toBe("42 a");
    await first.release("42 a");
    expect(await second.cancel("42 a")).toBe(false);
  });

  it("keeps projects with prefixes of their own apart", async () => {
    const [first, other] = await Promise.all([connect(), connect({ prefix: "other:" })]);
    first.onCancel(() => expect.unreachable());
    expect(await first.claim("42 a", TTL_MS)).toBe(true);
    expect(await other.claim("42 a", TTL_MS)).toBe(true);
    const heard = new Promise((resolve) => other.onCancel(resolve));
    await other.cancel("42 a");
    await heard;
    await Promise.all([first.release("42 a"), other.release("42 a")]);
  });
});

describe.skipIf(binary === undefined)("when Redis crashes", () => {
  it("refuses at once, and works again, cancellations too, when Redis is back", async () => {
    const port = await freePort();
    const crashed = await startRedis(binary ?? "", port);
    const store = await connectRedisCallStore({ url: crashed.url });
    await crashed.kill();
    await expect(store.claim("42 a", TTL_MS)).rejects.toBeInstanceOf(Error);
    const redis = await startRedis(binary ?? "", port);
    const claims = () =>
      store.claim("42 a", TTL_MS).then(
        () => true,
        () => false,
      );
    await expect.poll(claims).toBe(true);
    const heard = new Promise<string>((resolve) => store.onCancel(resolve));
    const told = await vi.waitUntil(
      async () => {
        await store.cancel("42 a");
        return await Promise.race([heard, Promise.resolve(undefined)]);
      },
      { timeout: 30_000 },
    );
    expect(told).toBe("42 a");
    await store.close();
    await redis.close();
  });
});

describe.skipIf(binary === undefined)("when Redis hangs", () => {
  it("closes all the same, and opening it fails", async () => {
    const redis = await startRedis(binary ?? "");
    const store = await connectRedisCallStore({ url: redis.url });
    process.kill(redis.pid, "SIGSTOP");
    try {
      const claim = store.claim("42 a", TTL_MS).catch((error: unknown) => error);
      await store.close();
      expect(await claim).toBeInstanceOf(Error);
      const opening = connectRedisCallStore({ url: redis.url });
      await expect(opening).rejects.toThrow(/no answer within 5000 ms/);
    } finally {
      process.kill(redis.pid, "SIGCONT");
      await redis.close();
    }
  });
});

describe("opening it", () => {
  it.each(["", "localhost:6379", "http://localhost:6379", "redis://"])(
    "refuses what is no Redis URL: %j",
    async (url) => {
      await expect(connectRedisCallStore({ url })).rejects.toThrow(TypeError);
    },
  );

  it("says so when nobody listens there, without the password", async () => {
    const url = `redis://:secret@127.0.0.1:${await freePort()}`;
    const error = await connectRedisCallStore({ url }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StoreError);
    expect((error as Error).message).toMatch(
      /^Redis at 127\.0\.0\.1:\d+ cannot be used \(.*ECONNREFUSED/,
    );
    expect((error as Error).message).not.toContain("secret");
  });
});
