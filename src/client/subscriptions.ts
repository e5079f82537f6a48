import { errorOfCentrifugo } from "../protocol/centrifugo-errors.js";
import { within } from "../protocol/deadline.js";
import {
  ACK_METHOD,
  messageIdOf,
  PROTOCOL_VERSION,
  type AckRequest,
} from "../protocol/envelope.js";
import { RPCError } from "../protocol/rpc-error.js";
import { uuidv7 } from "../protocol/uuid.js";
import { guarded, report } from "./guard.js";
import { Deferred } from "./deferred.js";
import { pause } from "./pause.js";
import type { Connected } from "./session.js";
import { NO_ANSWER, type Publication, type TransportError } from "./transport.js";

/** What arrived on a channel besides the data. */
export interface ChannelMessage {
  readonly channel: string;
  /** The publication's ID, if its publisher waits for acknowledgements. */
  readonly messageId: string | undefined;
  /** The publication's tags (https://centrifugal.dev/docs/server/server_api#publish). */
  readonly tags: Readonly<Record<string, string>>;
}

/** Handles the data of a channel: one publication at a time, in the order of arrival. */
export type ChannelCallback = (data: unknown, message: ChannelMessage) => void | Promise<void>;

/** The options of one subscription. */
export interface SubscribeOptions {
  /**
   * Receives what the callback throws, and the RPCError of a subscription that the server ended. A
   * publication whose callback failed is not acknowledged. Default: the console.
   */
  onError?: (error: unknown) => void;
}

/** One callback of a channel; a channel can have several, and each ends by itself. */
export interface Subscription {
  readonly channel: string;
  /** Stops calling the callback. It is safe to call this twice. */
  unsubscribe(): void;
}

/** The number of acknowledged publications to remember: a repeated one is ignored. */
const REMEMBERED_MESSAGES = 1000;

/**
 * The codes after which an acknowledgement is sent again, besides those below 100: Centrifugo's for
 * an internal error and too many requests, and the gateway's for the same.
 */
const TEMPORARY = [100, 111, 429, 503];

/** Centrifugo's error code for a channel of an unknown namespace. */
const UNKNOWN_CHANNEL = 102;
/** The first of the codes with which Centrifugo ends subscriptions. */
const UNSUBSCRIBED = 2000;

/** The callbacks of all channels, and the acknowledgements of what they have handled. */
export class Subscriptions {
  readonly #ownChannel: string;
  readonly #timeout: number;
  readonly #connected: () => Promise<Connected>;
  readonly #open = new Map<string, OpenChannel>();
  readonly #subscriberId = uuidv7();
  /** `channel message-id` of the publications that were handled, the oldest first. */
  readonly #received = new Set<string>();

  /**
   * @param ownChannel the user's channel, which the connection itself is subscribed to
   * @param timeout how long the server may take to accept a subscription, in milliseconds
   * @param connected waits until calls can be made, or rejects with an RPCError
   */
  constructor(ownChannel: string, timeout: number, connected: () => Promise<Connected>) {
    this.#ownChannel = ownChannel;
    this.#timeout = timeout;
    this.#connected = connected;
  }

  /**
   * Adds a callback, and subscribes to the channel if it is its first.
   *
   * @throws RPCError
   */
  async add(
    channel: string,
    callback: ChannelCallback,
    { onError = report }: SubscribeOptions,
  ): Promise<Subscription> {
    const open = this.#open.get(channel) ?? this.#join(channel);
    const subscriber: Subscriber = { callback, onError, work: Promise.resolve() };
    open.subscribers.add(subscriber);
    const unsubscribe = (): void => {
      open.subscribers.delete(subscriber);
      if (open.subscribers.size > 0 || this.#open.get(channel) !== open) return;
      this.#open.delete(channel);
      open.leave();
    };
    try {
      await open.joined.promise;
    } catch (error) {
      unsubscribe();
      throw error;
    }
    return { channel, unsubscribe };
  }

  /** Ends the subscriptions of these channels, by default of all, and reports `error` to them. */
  end(error?: RPCError, channels: Iterable<string> = [...this.#open.keys()]): void {
    for (const channel of channels) {
      const open = this.#open.get(channel);
      this.#open.delete(channel);
      for (const { onError } of open?.end(error) ?? []) {
        if (error !== undefined) guarded(() => onError(error));
      }
    }
  }

  /** Hands a publication to the channel's callbacks, and acknowledges it when all have returned. */
  async receive(channel: string, { data, tags }: Publication): Promise<void> {
    const open = this.#open.get(channel);
    if (!open) return;
    const messageId = messageIdOf(tags);
    const message = { channel, messageId, tags };
    const key = `${channel} ${messageId}`;
    if (messageId !== undefined) {
      if (this.#received.has(key)) return;
      this.#remember(key);
    }
    const results = await Promise.all(
      [...open.subscribers].map((subscriber) => handOver(open, subscriber, data, message)),
    );
    if (messageId === undefined) return;
    if (results.every(Boolean)) this.#acknowledge(messageId).catch(() => undefined);
    else this.#received.delete(key); // if it is published again, the callback may succeed
  }

  #remember(key: string): void {
    this.#received.add(key);
    const [oldest] = this.#received;
    if (this.#received.size > REMEMBERED_MESSAGES) this.#received.delete(oldest!);
  }

  #join(channel: string): OpenChannel {
    const open = new OpenChannel();
    this.#open.set(channel, open);
    this.#subscribe(channel, open).catch(open.joined.reject);
    return open;
  }

  async #subscribe(channel: string, open: OpenChannel): Promise<void> {
    const { joined } = open;
    const { transport } = await within(this.#timeout, this.#connected(), () => {
      throw RPCError.of("unavailable", `no connection within ${this.#timeout} ms`);
    });
    if (channel === this.#ownChannel) return open.accept();
    if (this.#open.get(channel) !== open) return;
    open.leave = () => transport.unsubscribe(channel);
    const fail = (error: TransportError): void => joined.reject(subscriptionError(channel, error));
    transport.subscribe(channel).then(() => open.accept(), fail);
    await within(this.#timeout, joined.promise, () =>
      fail({ code: NO_ANSWER, message: `no answer within ${this.#timeout} ms` }),
    );
  }

  /**
   * Acknowledges until the gateway has answered.
   *
   * @throws RPCError when the connection is closed for good
   */
  async #acknowledge(messageId: string): Promise<void> {
    const data: AckRequest = {
      $rpc: PROTOCOL_VERSION,
      message_id: messageId,
      subscriber_id: this.#subscriberId,
    };
    for (let attempt = 0; ; attempt++) {
      const { transport } = await this.#connected();
      try {
        await transport.rpc(ACK_METHOD, data);
        return;
      } catch (error) {
        const { code } = error as TransportError;
        if (code >= 100 && !TEMPORARY.includes(code)) return;
      }
      await pause(attempt);
    }
  }
}

/** Returns the error of a subscription that the server refused or ended. */
export function subscriptionError(channel: string, { code, message }: TransportError): RPCError {
  const text = `cannot subscribe to ${channel}: ${message}`;
  if (code === NO_ANSWER) return RPCError.of("deadline_exceeded", text);
  if (code === UNKNOWN_CHANNEL || code >= UNSUBSCRIBED) {
    return RPCError.of("permission_denied", text);
  }
  return new RPCError(errorOfCentrifugo(code, message).code, text);
}

/** A channel with callbacks. */
class OpenChannel {
  readonly subscribers = new Set<Subscriber>();
  /** Resolves when the server has accepted. */
  readonly joined = new Deferred<void>();
  #accepted = false;
  /** Ends the subscription. */
  leave: () => void = () => undefined;

  accept(): void {
    this.#accepted = true;
    this.joined.resolve();
  }

  /** Removes all subscribers. Returns those to notify: the others wait for `joined`. */
  end(error = RPCError.of("cancelled")): Subscriber[] {
    this.joined.reject(error);
    const subscribers = this.#accepted ? [...this.subscribers] : [];
    this.subscribers.clear();
    return subscribers;
  }
}

interface Subscriber {
  readonly callback: ChannelCallback;
  readonly onError: (error: unknown) => void;
  /** Settles when the callback has handled the publications so far. */
  work: Promise<unknown>;
}

/** Calls the callback after those for earlier publications. Resolves with whether it succeeded. */
function handOver(
  { subscribers }: OpenChannel,
  subscriber: Subscriber,
  data: unknown,
  message: ChannelMessage,
): Promise<boolean> {
  const result = subscriber.work.then(async () => {
    if (!subscribers.has(subscriber)) return false;
    try {
      await subscriber.callback(data, message);
      return true;
    } catch (error) {
      guarded(() => subscriber.onError(error));
      return false;
    }
  });
  subscriber.work = result;
  return result;
}
