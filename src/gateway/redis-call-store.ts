import type { Logger } from "../server/index.js";
import { silentLogger } from "../server/index.js";
import { CallStoreError, type CallStore } from "./call-store.js";

/** The options of {@link connectRedisCallStore}. */
export interface RedisCallStoreOptions {
  /** As in `redis://:password@localhost:6379/0`, or `rediss://` for TLS. */
  url: string;
  /** What keys and the Pub/Sub channel start with. Default `centrifugo-rpc:`. */
  prefix?: string;
  /** Told when the connection is lost. Default: no log. */
  log?: Logger;
}

/** A call that a gateway runs. */
const CLAIMED = "claimed";
/** The same, and another gateway wanted to run it as well. */
const AWAITED = "awaited";

const LONGEST_RECONNECT_PAUSE_MS = 2000;

/**
 * The state that several gateways share, in Redis 6.2 or newer: the one of Centrifugo will do. The
 * package `@redis/client` must be installed.
 *
 * Each call that runs is a key; cancellations go through Pub/Sub. While Redis is away calls end with
 * `unavailable`; the store reconnects by itself. docs/deploy.md says what else follows from that.
 *
 * @throws TypeError for a text that is no Redis URL.
 * @throws CallStoreError when Redis cannot be reached or used, or the package is missing.
 */
export async function connectRedisCallStore(options: RedisCallStoreOptions): Promise<CallStore> {
  const { url, prefix = "centrifugo-rpc:", log = silentLogger } = options;
  const { host } = readUrl(url);
  const { createClient } = await loadPackage();

  let connected = false;
  const commands = createClient({
    url,
    // A call must not wait for Redis to come back.
    disableOfflineQueue: true,
    socket: {
      reconnectStrategy: (retries, cause) =>
        connected ? Math.min(50 * 2 ** retries, LONGEST_RECONNECT_PAUSE_MS) : cause,
    },
  });
  const subscriber = commands.duplicate();
  for (const client of [commands, subscriber]) {
    client.on("error", (error: unknown) => log.warn({ err: error, host }, "Redis connection"));
  }

  const cancelChannel = `${prefix}cancel`;
  const listeners = new Set<(key: string) => void>();
  try {
    await Promise.all([commands.connect(), subscriber.connect()]);
    // The one command that an older Redis, or a user with few rights, may not have.
    await commands.getDel(`${prefix}probe`);
    await subscriber.subscribe(cancelChannel, (key) => {
      for (const listener of listeners) listener(key);
    });
  } catch (error) {
    for (const client of [commands, subscriber]) if (client.isOpen) client.destroy();
    const reason = error instanceof Error ? error.message : String(error);
    throw new CallStoreError(
      `Redis at ${host} cannot be used (${reason}): check that it runs, that it is 6.2 or newer, ` +
        `and that the URL's password and user may use keys and channels that start with "${prefix}"`,
      { cause: error },
    );
  }
  connected = true;

  const callKey = (key: string): string => `${prefix}call:${key}`;
  return {
    async claim(key, ttlMs) {
      const expiration = { type: "PX", value: ttlMs } as const;
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
        .publish(cancelChannel, key)
        .exec();
      return Number(claims) > 0;
    },
    onCancel: (listener) => void listeners.add(listener),
    async close() {
      await Promise.all([commands.close(), subscriber.close()]);
    },
  };
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && ["redis:", "rediss:"].includes(url.protocol) && url.host !== "") return url;
  // Not the text itself: it may hold a password.
  throw new TypeError("the Redis URL must be of the form redis://host:6379 or rediss://host:6379");
}

/** Loaded when it is needed: a single gateway works without it. */
async function loadPackage() {
  try {
    return await import("@redis/client");
  } catch (error) {
    const message = "the package @redis/client is missing: run `npm install @redis/client`";
    throw new CallStoreError(message, { cause: error });
  }
}
