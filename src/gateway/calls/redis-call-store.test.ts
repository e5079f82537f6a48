import { createClient } from "@redis/client";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { freePort } from "../../../testing/ports.js";
import { startRedis, type RedisProcess } from "../../../testing/processes/redis.js";
import { findProgram } from "../../../testing/toolchains.js";
import { type CallClaim, type CallStore, ENDED, fingerprintOf } from "./call-store.js";
import { connectRedisCallStore } from "./redis-call-store.js";
import { silentLogger } from "../../handlers/index.js";
import { StoreError } from "../stores/redis-connection.js";

const binary = findProgram("redis-server");
const TAKEN_OVER = { takenOver: true, awaited: [] };
const REPLY = '{"result":1}';

function call(store: CallStore, key: string, fields: Partial<CallClaim> = {}): CallClaim {
  const fingerprint = fingerprintOf("tasks.create", {});
  const correlationId = key.split(" ")[1]!;
  const first = { attempt: 1, epoch: store.epoch() };
  const times = { idempotent: false, keepMs: 60_000 };
  return { key, correlationId, fingerprint, ...first, ...times, ...fields };
}

async function claimToken(store: CallStore, claim: CallClaim): Promise<string> {
  const outcome = await store.claim(claim);
  if (outcome.state !== "claimed") throw new Error(`the claim: ${outcome.state}`);
  return outcome.token;
}

describe.skipIf(binary === undefined)("calls that gateways share in Redis", () => {
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

  it("are claimed by one gateway, which learns that another one waits", async () => {
    const [first, second] = await Promise.all([connect(), connect()]);
    const claim = call(first, "42 shared");
    const token = await claimToken(first, claim);
    expect(await second.claim(claim)).toEqual({ state: "running" });
    expect(await second.claim({ ...claim, fingerprint: "other" })).toEqual({ state: "mismatch" });
    expect(await first.end(claim, token, REPLY)).toEqual({ takenOver: false, awaited: ["shared"] });
    expect(await second.claim(claim)).toEqual({ state: "ended", reply: REPLY });
  });

  it("are claimed by one of many gateways that claim them at once", async () => {
    const all = await Promise.all([connect(), connect(), connect()]);
    const [first] = all;
    for (let round = 0; round < 50; round++) {
      const claim = call(first, `42 race-${round}`);
      const outcomes = await Promise.all(all.map(async (store) => await store.claim(claim)));
      expect(outcomes.filter(({ state }) => state === "claimed")).toHaveLength(1);
    }
  });

  it("can be claimed again by their own gateway: it did not get the first answer", async () => {
    const first = await connect();
    const claim = call(first, "42 own");
    const lost = await claimToken(first, claim);
    const token = await claimToken(first, { ...claim, attempt: 2 });
    expect(await first.end(claim, lost, "late")).toEqual(TAKEN_OVER);
    expect(await first.end(claim, token, REPLY)).toEqual(ENDED);
  });

  it("renew the lease of their gateway, which may have been without Redis", async () => {
    const [back, other] = await Promise.all([connect(), connect()]);
    const claim = call(back, "42 back");
    await endLeases(redis);
    await claimToken(back, claim);
    expect(await other.claim({ ...claim, attempt: 2 })).toEqual({ state: "running" });
  });

  describe("of a gateway whose lease has ended", () => {
    it("are lost, and a late reply changes nothing", async () => {
      const [gone, other] = await Promise.all([connect(), connect()]);
      const claim = call(gone, "42 gone");
      const token = await claimToken(gone, claim);
      await endLeases(redis);
      expect(await other.claim({ ...claim, attempt: 2 })).toEqual({ state: "lost" });
      expect(await gone.end(claim, token, REPLY)).toEqual(TAKEN_OVER);
      expect(await other.claim({ ...claim, attempt: 3 })).toEqual({ state: "lost" });
    });

    it("are taken over if the method is idempotent, and a late reply changes nothing", async () => {
      const [gone, other] = await Promise.all([connect(), connect()]);
      const claim = call(gone, "42 again", { idempotent: true });
      const late = await claimToken(gone, claim);
      await endLeases(redis);
      const token = await claimToken(other, { ...claim, attempt: 2 });
      expect(await gone.end(claim, late, "late")).toEqual(TAKEN_OVER);
      expect(await other.end(claim, token, REPLY)).toEqual(ENDED);
      expect(await gone.claim(claim)).toEqual({ state: "ended", reply: REPLY });
    });
  });

  it("expire after their time", async () => {
    const store = await connect();
    const claim = call(store, "42 short", { keepMs: 50, attempt: 2, epoch: "another" });
    const token = await claimToken(store, { ...claim, attempt: 1 });
    await store.end(claim, token, REPLY);
    await expect.poll(() => store.claim(claim)).toEqual({ state: "lost" });
  });

  it("are cancelled through all gateways", async () => {
    const [first, second] = await Promise.all([connect(), connect()]);
    const claim = call(first, "42 cancelled");
    const token = await claimToken(first, claim);
    const heard = new Promise((resolve) => first.onCancel(resolve));
    expect(await second.cancel(claim.key)).toBe(true);
    expect(await heard).toBe(claim.key);
    await first.end(claim, token, REPLY);
    expect(await second.cancel(claim.key)).toBe(false);
  });

  it("are kept apart by the prefix", async () => {
    const [first, other] = await Promise.all([connect(), connect({ prefix: "other:" })]);
    first.onCancel(() => expect.unreachable());
    await claimToken(first, call(first, "42 apart"));
    await claimToken(other, call(other, "42 apart"));
    const heard = new Promise((resolve) => other.onCancel(resolve));
    await other.cancel("42 apart");
    await heard;
  });

  it("are forgotten by a Redis that has lost its data, which changes the epoch", async () => {
    const [first, second] = await Promise.all([connect(), connect()]);
    const claim = call(first, "42 flushed");
    expect(second.epoch()).toBe(first.epoch());
    await claimToken(first, claim);
    await flush(redis);
    expect(await second.claim({ ...claim, attempt: 2 })).toEqual({ state: "lost" });
    expect(second.epoch()).not.toBe(claim.epoch);
    await first.claim(call(first, "42 later"));
    expect(first.epoch()).toBe(second.epoch());
  });
});

describe.skipIf(binary === undefined)("when Redis may remove keys", () => {
  it("a call that it does not know is not run again, and operators are warned", async () => {
    const redis = await startRedis(binary ?? "");
    const client = await createClient({ url: redis.url }).connect();
    await client.configSet({ maxmemory: "100mb", "maxmemory-policy": "allkeys-lru" });
    client.destroy();
    const warn = vi.fn<(data: unknown, message?: string) => void>();
    const log = { ...silentLogger, warn };
    const store = await connectRedisCallStore({ url: redis.url, log });
    expect(warn.mock.calls).toMatchObject([[{ policy: "allkeys-lru" }, expect.any(String)]]);
    const claim = call(store, "42 removed", { attempt: 2 });
    expect(await store.claim(claim)).toEqual({ state: "lost" });
    expect(await store.claim({ ...claim, attempt: 1 })).toMatchObject({ state: "claimed" });
    await store.close();
    await redis.close();
  });
});

describe.skipIf(binary === undefined)("when Redis crashes", () => {
  it("claims fail at once, replies are kept until it is back, and the epoch changes", async () => {
    const port = await freePort();
    const crashed = await startRedis(binary ?? "", port);
    const store = await connectRedisCallStore({ url: crashed.url });
    const [running, next] = [call(store, "42 running"), call(store, "42 next")];
    const token = await claimToken(store, running);
    await crashed.kill();
    await expect(store.claim(next)).rejects.toBeInstanceOf(Error);
    const ended = store.end(running, token, REPLY);

    const redis = await startRedis(binary ?? "", port);
    expect(await ended).toEqual(ENDED);
    await vi.waitUntil(
      async () => {
        try {
          return (await store.claim({ ...next, attempt: 2 })).state === "lost";
        } catch {
          return false;
        }
      },
      { timeout: 30_000 },
    );
    expect(await store.claim({ ...running, attempt: 2 })).toEqual({ state: "ended", reply: REPLY });
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
      const claim = Promise.resolve(store.claim(call(store, "42 a"))).catch(
        (error: unknown) => error,
      );
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

/** Deletes the leases of all gateways, as their time would. */
async function endLeases(redis: RedisProcess): Promise<void> {
  const client = await createClient({ url: redis.url }).connect();
  for (const key of await client.keys("*gateway:*")) await client.del(key);
  client.destroy();
}

async function flush(redis: RedisProcess): Promise<void> {
  const client = await createClient({ url: redis.url }).connect();
  await client.flushAll();
  client.destroy();
}

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
