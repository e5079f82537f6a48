import { IDEMPOTENCY_MS, type Ack, type AckStore } from "./ack-store.js";

interface Message {
  readonly channel: string;
  /** By user and subscriber. */
  readonly acks: Map<string, Ack>;
  /** The connections that have acknowledged it. */
  readonly clients: Set<string>;
  waiting: number;
  expiry?: NodeJS.Timeout;
}

/** The store of a single gateway. */
export function createMemoryAckStore(): AckStore {
  const messages = new Map<string, Message>();
  const messageIds = new Map<string, string>();
  const listeners = new Set<(messageId: string, ack: Ack) => void>();

  function forgetLater(messageId: string, ttlMs: number): NodeJS.Timeout {
    return setTimeout(() => messages.delete(messageId), ttlMs).unref();
  }

  return {
    async identify(channel, idempotencyKey, messageId) {
      const key = `${channel}\n${idempotencyKey}`;
      const known = messageIds.get(key);
      if (known !== undefined) return known;
      messageIds.set(key, messageId);
      setTimeout(() => messageIds.delete(key), IDEMPOTENCY_MS).unref();
      return messageId;
    },

    async open(messageId, channel, ttlMs) {
      const message = messages.get(messageId) ?? newMessage(channel);
      messages.set(messageId, message);
      clearTimeout(message.expiry);
      message.expiry = forgetLater(messageId, ttlMs);
      message.waiting++;
      return [...message.acks.values()];
    },

    channelOf: async (messageId) => messages.get(messageId)?.channel,

    async add(messageId, ack) {
      const message = messages.get(messageId);
      const subscriber = `${ack.userId} ${ack.subscriberId}`;
      if (!message || message.clients.has(ack.clientId) || message.acks.has(subscriber)) {
        return false;
      }
      message.clients.add(ack.clientId);
      message.acks.set(subscriber, ack);
      if (message.waiting === 0) return false;
      for (const listener of listeners) listener(messageId, ack);
      return true;
    },

    list: async (messageId) => [...(messages.get(messageId)?.acks.values() ?? [])],

    async end(messageId) {
      const message = messages.get(messageId);
      if (message) message.waiting--;
    },

    onAck: (listener) => void listeners.add(listener),

    async close() {
      for (const { expiry } of messages.values()) clearTimeout(expiry);
      messages.clear();
      messageIds.clear();
    },
  };
}

function newMessage(channel: string): Message {
  return { channel, acks: new Map(), clients: new Set(), waiting: 0 };
}
