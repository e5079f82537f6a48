import type { CallStore } from "./call-store.js";
import { connectRedis, type RedisOptions } from "../stores/redis-connection.js";

/** A call that a gateway runs. */
const CLAIMED = "claimed";
/** The same, and another gateway wanted to run it as well. */
const AWAITED = "awaited";

/**
 * The calls that several gateways share, in Redis 6.2 or newer: the one of Centrifugo will do. The
 * package `@redis/client` must be installed.
 *
 * Each call that runs is a key; cancellations go through Pub/Sub. While Redis is away calls end with
 * `unavailable`; the store reconnects by itself. docs/deploy.md says what else follows from that.
 *
 * @throws ArgumentError for an invalid Redis URL.
 * @throws StoreError when Redis cannot be reached or used, or the package is missing.
 */
export async function connectRedisCallStore(options: RedisOptions): Promise<CallStore> {
  const redis = await connectRedis(options, "cancel", (commands, prefix) =>
    commands.getDel(`${prefix}probe`),
  );
  const { commands, prefix } = redis;
  const callKey = (key: string): string => `${prefix}call:${key}`;
  return {
    async claim(key, ttlMs) {
      const expiration = { type: "PX", value: Math.ceil(ttlMs) } as const;
      for (;;) {
        const won = await commands.set(callKey(key), CLAIMED, { condition: "NX", expiration });
        if (won) return true;
        const marked = await commands.set(callKey(key), AWAITED, {
          condition: "XX",
          expiration: "KEEPTTL",
        });
        // Else the claim was given up between the two commands.
        if (marked) return false;
      }
    },
    async release(key) {
      return (await commands.getDel(callKey(key))) === AWAITED;
    },
    async cancel(key) {
      const [claims] = await commands
        .multi()
        .exists(callKey(key))
        .publish(`${prefix}cancel`, key)
        .exec();
      return Number(claims) > 0;
    },
    onCancel: (listener) => redis.onMessage(listener),
    close: () => redis.close(),
  };
}
