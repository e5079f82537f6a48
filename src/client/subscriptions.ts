import {
  ACK_METHOD,
  messageIdOf,
  PROTOCOL_VERSION,
  type AckRequest,
} from "../protocol/envelope.js";
import { uuidv7 } from "../protocol/uuid.js";
import type { ProtocolCall } from "./contract-check.js";

/** What came on a channel besides its data. */
export interface ChannelMessage {
  readonly channel: string;
  /** The ID under which it was published, when the publisher waits for acknowledgements. */
  readonly messageId: string | undefined;
  /** The publication's tags (https://centrifugal.dev/docs/server/server_api#publish). */
  readonly tags: Readonly<Record<string, string>>;
}

/** What the application does with the data of a channel; one at a time, in their order. */
export type ChannelCallback = (data: unknown, message: ChannelMessage) => void | Promise<void>;

/** The options of one subscription. */
export interface SubscribeOptions {
  /**
   * Receives what a callback throws, and the RPCError of a subscription that the server ended. The
   * message of a callback that failed is not acknowledged. Default: the console.
   */
  onError?: (error: unknown) => void;
}

/** The callbacks of one channel may be several: each is a subscription of its own. */
export interface Subscription {
  readonly channel: string;
  /** Hands no more messages to the callback. May be called again. */
  unsubscribe(): void;
}

/** A publication as it arrived. */
export interface Publication {
  readonly data: unknown;
  readonly tags: Readonly<Record<string, string>>;
}

/** How many acknowledged messages are remembered, so that none is handed over again. */
const REMEMBERED_MESSAGES = 1000;

/** How often an acknowledgement is sent when no answer comes. */
const ACK_ATTEMPTS = 5;

/** What subscriptions need of the connection. */
export interface Channels {
  /** Resolves when the server has accepted. */
  subscribe(channel: string): Promise<void>;
  unsubscribe(channel: string): void;
  call: ProtocolCall;
}

/** The callbacks of all channels, and the acknowledgements for what they have received. */
export class Subscriptions {
  readonly #channels: Channels;
  readonly #open = new Map<string, OpenChannel>();
  readonly #subscriberId = uuidv7();
  /** `channel message-id` of what was handed over, the oldest first. */
  readonly #received = new Set<string>();

  constructor(channels: Channels) {
    this.#channels = channels;
  }

  /**
   * Adds a callback, and subscribes to the channel if it is its first.
   *
   * @throws what {@link Channels.subscribe} throws
   */
  async add(
    channel: string,
    callback: ChannelCallback,
    { onError = report }: SubscribeOptions,
  ): Promise<Subscription> {
    const open = this.#open.get(channel) ?? {
      subscribers: new Set<Subscriber>(),
      accepted: this.#channels.subscribe(channel),
    };
    this.#open.set(channel, open);
    const subscriber: Subscriber = { callback, onError, work: Promise.resolve() };
    open.subscribers.add(subscriber);
    const unsubscribe = (): void => {
      open.subscribers.delete(subscriber);
      if (open.subscribers.size > 0 || this.#open.get(channel) !== open) return;
      this.#open.delete(channel);
      this.#channels.unsubscribe(channel);
    };
    try {
      await open.accepted;
    } catch (error) {
      unsubscribe();
      throw error;
    }
    return { channel, unsubscribe };
  }

  /** Ends the subscriptions of a channel, or all. Their callbacks learn of the error, if any. */
  end(error?: Error, channels: Iterable<string> = [...this.#open.keys()]): void {
    for (const channel of channels) {
      const subscribers = this.#open.get(channel)?.subscribers ?? [];
      this.#open.delete(channel);
      if (error !== undefined) for (const { onError } of subscribers) onError(error);
    }
  }

  /** Hands a publication to the channel's callbacks, and acknowledges it when all have returned. */
  receive(channel: string, { data, tags }: Publication): void {
    const subscribers = [...(this.#open.get(channel)?.subscribers ?? [])];
    if (subscribers.length === 0) return;
    const messageId = messageIdOf(tags);
    const message = { channel, messageId, tags };
    if (messageId === undefined) {
      for (const subscriber of subscribers) void handOver(subscriber, data, message);
      return;
    }
    const key = `${channel} ${messageId}`;
    if (this.#received.has(key)) return;
    this.#remember(key);
    const results = subscribers.map((subscriber) => handOver(subscriber, data, message));
    void Promise.all(results).then((succeeded) => {
      if (succeeded.every(Boolean)) return this.#acknowledge(messageId);
      this.#received.delete(key); // if it comes again, the application may do better
      return undefined;
    });
  }

  #remember(key: string): void {
    this.#received.add(key);
    if (this.#received.size <= REMEMBERED_MESSAGES) return;
    const [oldest] = this.#received;
    if (oldest !== undefined) this.#received.delete(oldest);
  }

  async #acknowledge(messageId: string): Promise<void> {
    const data: AckRequest = {
      $rpc: PROTOCOL_VERSION,
      message_id: messageId,
      subscriber_id: this.#subscriberId,
    };
    for (let attempt = 1; attempt <= ACK_ATTEMPTS; attempt++) {
      try {
        await this.#channels.call(ACK_METHOD, data);
        return;
      } catch (error) {
        // From 100 on the server has answered, and would answer the same again.
        if (((error as { code?: number }).code ?? 0) >= 100) return;
      }
    }
  }
}

interface OpenChannel {
  readonly subscribers: Set<Subscriber>;
  /** Settles when the server has accepted or refused the subscription. */
  readonly accepted: Promise<void>;
}

interface Subscriber {
  readonly callback: ChannelCallback;
  readonly onError: (error: unknown) => void;
  /** Resolves when the messages so far have been dealt with. */
  work: Promise<unknown>;
}

/** Calls the callback when it is done with the messages before; gives whether it succeeded. */
function handOver(
  subscriber: Subscriber,
  data: unknown,
  message: ChannelMessage,
): Promise<boolean> {
  const result = subscriber.work.then(async () => {
    try {
      await subscriber.callback(data, message);
      return true;
    } catch (error) {
      subscriber.onError(error);
      return false;
    }
  });
  subscriber.work = result;
  return result;
}

function report(error: unknown): void {
  // oxlint-disable-next-line no-console -- an error that nobody sees is worse
  console.error("centrifugo-rpc: a subscription failed:", error);
}
