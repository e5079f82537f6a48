import { createHash } from "node:crypto";
import { IDEMPOTENCY_MS, type Ack, type AckStore } from "./ack-store.js";
import { connectRedis, type RedisOptions } from "../stores/redis-connection.js";

/** Fields of a publication's hash other than acknowledgements. */
const CHANNEL = "channel";
const WAITING = "waiting";
/** Prefixes of the other fields: an acknowledgement by subscriber, and a mark by connection. */
const ACK = "ack ";
const CLIENT = "client ";

/** One step, so that an acknowledgement counts once whichever gateways it reaches. */
const ADD = `
if redis.call("EXISTS", KEYS[1]) == 0 then return 0 end
if redis.call("HSETNX", KEYS[1], ARGV[1], 1) == 0 then return 0 end
if redis.call("HSETNX", KEYS[1], ARGV[2], ARGV[3]) == 0 then return 0 end
if tonumber(redis.call("HGET", KEYS[1], "${WAITING}")) < 1 then return 0 end
redis.call("PUBLISH", ARGV[4], ARGV[5])
return 1`;

/** One step, so that a publication that was just forgotten does not stay for ever. */
const END = `
if redis.call("EXISTS", KEYS[1]) == 1 then redis.call("HINCRBY", KEYS[1], "${WAITING}", -1) end`;

/**
 * The acknowledgements that several gateways share, in Redis 6.2 or newer with scripts: the one of
 * Centrifugo will do. The package `@redis/client` must be installed.
 *
 * Each publication that waits is a key; gateways tell each other of acknowledgements by Pub/Sub. An
 * acknowledgement that Pub/Sub loses, while a gateway reconnects, is found at the end of the wait.
 *
 * @throws ArgumentError for an invalid Redis URL.
 * @throws StoreError when Redis cannot be reached or used, or the package is missing.
 */
export async function connectRedisAckStore(options: RedisOptions): Promise<AckStore> {
  const redis = await connectRedis(options, "ack", (commands, prefix) =>
    commands.eval(END, { keys: [`${prefix}probe`], arguments: [] }),
  );
  const { commands, prefix } = redis;
  const messageKey = (messageId: string): string => `${prefix}message:${messageId}`;

  return {
    async identify(channel, idempotencyKey, messageId) {
      const digest = createHash("sha256").update(`${channel}\n${idempotencyKey}`).digest("hex");
      const key = `${prefix}idempotency:${digest}`;
      const expiration = { type: "PX", value: IDEMPOTENCY_MS } as const;
      for (;;) {
        if (await commands.set(key, messageId, { condition: "NX", expiration })) return messageId;
        const known = await commands.get(key);
        // Else it ended between the two commands.
        if (known !== null) return known;
      }
    },

    async open(messageId, channel, ttlMs) {
      const key = messageKey(messageId);
      const fields = await commands
        .multi()
        .hSet(key, CHANNEL, channel)
        .hIncrBy(key, WAITING, 1)
        .pExpire(key, Math.ceil(ttlMs))
        .hGetAll(key)
        .exec();
      return acksIn(fields[3] as unknown as Record<string, string>);
    },

    async channelOf(messageId) {
      return (await commands.hGet(messageKey(messageId), CHANNEL)) ?? undefined;
    },

    async add(messageId, ack) {
      const { userId, subscriberId, clientId } = ack;
      const added = await commands.eval(ADD, {
        keys: [messageKey(messageId)],
        arguments: [
          `${CLIENT}${clientId}`,
          `${ACK}${userId} ${subscriberId}`,
          JSON.stringify(ack),
          `${prefix}ack`,
          JSON.stringify({ messageId, ack }),
        ],
      });
      return added === 1;
    },

    async list(messageId) {
      return acksIn(await commands.hGetAll(messageKey(messageId)));
    },

    async end(messageId) {
      await commands.eval(END, { keys: [messageKey(messageId)], arguments: [] });
    },

    onAck(listener) {
      redis.onMessage((message) => {
        const { messageId, ack } = JSON.parse(message) as { messageId: string; ack: Ack };
        listener(messageId, ack);
      });
    },

    close: () => redis.close(),
  };
}

function acksIn(fields: Record<string, string>): Ack[] {
  return Object.entries(fields)
    .filter(([name]) => name.startsWith(ACK))
    .map(([, ack]) => JSON.parse(ack) as Ack);
}
