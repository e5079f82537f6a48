import { UNSUBSCRIBES, DISCONNECTS, ERRORS, type Unsubscribe } from "../protocol/codes.js";
import type { RecoveryRequest } from "../protocol/client-commands.js";
import type { Client } from "../channels/hub.js";
import type { SubscribeOptions } from "../channels/subscribe-options.js";
import type { BrokerCore } from "../core.js";
import {
  encodePush,
  omitEmpty,
  publicationBody,
  unsubscribePush,
  type ClientInfo,
  type Publication,
  type StreamPosition,
} from "../protocol/server-messages.js";
import type { RawJson } from "../protocol/raw-json.js";
import { Timer, unixSeconds } from "../timers.js";

interface Subscription extends SubscribeOptions {
  position: StreamPosition;
  expiry: Timer | undefined;
}

/** Bit of the subscribe command's `flag`: answer an error instead of subscribing with a gap. */
const REJECT_UNRECOVERED = 2;

const NO_RECOVERY: RecoveryRequest = { recover: false, epoch: "", offset: 0 };

/** What subscriptions need of their connection. */
interface Subscriber extends Client {
  send(message: string): void;
  clientInfo(channel: string): ClientInfo;
}

/** The subscriptions of one connection. */
export class SubscriptionSet {
  readonly #connection: Subscriber;
  readonly #core: BrokerCore;
  readonly #active = new Map<string, Subscription>();
  /** Channels whose subscription is being made, with its end. */
  readonly #pending = new Map<string, Promise<void>>();

  constructor(connection: Subscriber, core: BrokerCore) {
    this.#connection = connection;
    this.#core = core;
  }

  has(channel: string): boolean {
    return this.#active.has(channel);
  }

  get(channel: string): Readonly<SubscribeOptions> | undefined {
    return this.#active.get(channel);
  }

  entries(): [channel: string, options: Readonly<SubscribeOptions>][] {
    return [...this.#active];
  }

  /** The number of subscriptions, including those being made. */
  get #size(): number {
    const making = [...this.#pending.keys()].filter((channel) => !this.#active.has(channel));
    return this.#active.size + making.length;
  }

  /**
   * Reserves the channel while `subscribe` runs, so that a second subscribe is refused and an
   * unsubscribe waits.
   *
   * @throws CommandError 105 if the channel is taken, 106 at the channel limit.
   */
  async reserve(channel: string, subscribe: () => Promise<void>): Promise<void> {
    const limit = this.#core.config.client.channel_limit;
    if (this.#active.has(channel) || this.#pending.has(channel)) throw ERRORS.alreadySubscribed;
    if (limit > 0 && this.#size >= limit) throw ERRORS.limitExceeded;
    const running = subscribe().finally(() => this.#pending.delete(channel));
    this.#pending.set(channel, running);
    await running;
  }

  /**
   * Adds the subscription and returns the body of the subscribe reply. The caller sends it in the
   * same turn of the event loop, before any publication, and then calls `announce`.
   *
   * @throws CommandError 112 if the flag asks for it.
   */
  add(
    channel: string,
    options: SubscribeOptions,
    { recover, epoch, offset }: RecoveryRequest = NO_RECOVERY,
    flag = 0,
  ): Record<string, unknown> {
    const ttl = options.expireAt === 0 ? 0 : options.expireAt - unixSeconds();
    const recovery = this.#recover(channel, options, { recover, epoch, offset });
    if (
      recover &&
      options.recoverable &&
      !recovery.recovered &&
      (flag & REJECT_UNRECOVERED) !== 0
    ) {
      throw ERRORS.unrecoverablePosition;
    }
    const { position } = recovery;
    this.#active.set(channel, {
      ...options,
      position,
      expiry: this.#expiryTimer(channel, options.expireAt),
    });
    this.#core.hub.addSubscriber(channel, this.#connection);
    if (options.presence) {
      this.#core.hub.addPresence(channel, this.#connection.clientInfo(channel));
    }
    const inStream = options.positioned || options.recoverable;
    return omitEmpty({
      expires: ttl > 0,
      ttl,
      recoverable: options.recoverable,
      epoch: inStream ? position.epoch : "",
      publications: recovery.publications.map(publicationBody),
      recovered: recovery.recovered,
      offset: recovery.recovered ? offset : inStream ? position.offset : 0,
      positioned: inStream,
      data: options.data,
      was_recovering: recover,
    });
  }

  /** Notifies the channel that the client joined. */
  announce(channel: string): void {
    if (this.#active.get(channel)?.joinLeave) this.#notifyOthers(channel, "join");
  }

  /** Ends a subscription without notifying the client. Waits for one that is being made. */
  async remove(channel: string): Promise<void> {
    await this.#settled(channel);
    this.#remove(channel);
  }

  removeAll(): void {
    for (const channel of this.#active.keys()) this.#remove(channel);
  }

  /** Ends a subscription and notifies the client. */
  async end(channel: string, unsubscribe: Unsubscribe): Promise<void> {
    await this.#settled(channel);
    this.#end(channel, unsubscribe);
  }

  /** @param expireAt The new end, in Unix seconds; 0 for never. */
  extend(channel: string, expireAt: number, info: RawJson | undefined): void {
    const subscription = this.#active.get(channel);
    if (subscription === undefined) return;
    subscription.expiry?.stop();
    Object.assign(subscription, { expireAt, info });
    subscription.expiry = this.#expiryTimer(channel, expireAt);
  }

  /** Sends a publication, unless the client has it already. A gap ends the subscription. */
  deliver(channel: string, position: StreamPosition, push: string): void {
    const subscription = this.#active.get(channel);
    if (subscription === undefined) return;
    const inStream = subscription.positioned || subscription.recoverable;
    if (!inStream || position.offset === 0) return this.#connection.send(push);
    const expected = subscription.position.offset + 1;
    if (position.epoch !== subscription.position.epoch || position.offset > expected) {
      return this.#loseState(channel, subscription);
    }
    if (position.offset < expected) return;
    subscription.position = position;
    this.#connection.send(push);
  }

  /** Sends a join or leave push if the client asked for them. */
  deliverJoinLeave(channel: string, push: string): void {
    if (this.#active.get(channel)?.pushJoinLeave) this.#connection.send(push);
  }

  /** The stream was replaced: the client has to subscribe again and recover. */
  #loseState(channel: string, { serverSide }: Subscription): void {
    if (serverSide) this.#connection.close(DISCONNECTS.insufficientState);
    else this.#end(channel, UNSUBSCRIBES.insufficientState);
  }

  #recover(channel: string, options: SubscribeOptions, request: RecoveryRequest): Recovery {
    const nothing = { publications: [], recovered: false };
    if (!options.positioned && !options.recoverable) {
      return { ...nothing, position: { offset: 0, epoch: "" } };
    }
    const { history, rules, config } = this.#core;
    const metaTtl = rules.find(channel)?.historyMetaTtl ?? config.channel.history_meta_ttl;
    const position = history.position(channel, metaTtl);
    if (!options.recoverable || !request.recover) return { ...nothing, position };
    if (request.epoch !== "" && request.epoch !== position.epoch) return { ...nothing, position };
    const limit = config.client.recovery_max_publication_limit || -1;
    const filter = { since: { offset: request.offset, epoch: "" }, limit, reverse: false };
    const { publications } = history.read(channel, filter, metaTtl);
    const complete =
      publications.length === 0
        ? position.offset === request.offset
        : publications[0]!.offset === request.offset + 1 &&
          publications.at(-1)!.offset === position.offset;
    return complete ? { publications, recovered: true, position } : { ...nothing, position };
  }

  #expiryTimer(channel: string, expireAt: number): Timer | undefined {
    if (expireAt === 0) return undefined;
    const ttl = expireAt - unixSeconds();
    const delay = ttl * 1000 + this.#core.config.client.expired_sub_close_delay;
    return new Timer(delay, () => this.#end(channel, UNSUBSCRIBES.expired));
  }

  async #settled(channel: string): Promise<void> {
    await this.#pending.get(channel)?.catch(() => undefined);
  }

  #end(channel: string, unsubscribe: Unsubscribe): void {
    this.#remove(channel);
    this.#connection.send(unsubscribePush(channel, unsubscribe));
  }

  #remove(channel: string): void {
    const subscription = this.#active.get(channel);
    if (subscription === undefined) return;
    const info = this.#connection.clientInfo(channel);
    subscription.expiry?.stop();
    this.#active.delete(channel);
    this.#core.hub.removeSubscriber(channel, this.#connection);
    if (subscription.presence) this.#core.hub.removePresence(channel, this.#connection.id);
    if (subscription.joinLeave) this.#notifyOthers(channel, "leave", info);
  }

  #notifyOthers(
    channel: string,
    kind: "join" | "leave",
    info = this.#connection.clientInfo(channel),
  ): void {
    const push = encodePush(channel, { [kind]: { info } });
    for (const other of this.#core.hub.subscribers(channel)) {
      other.deliverJoinLeave(channel, push);
    }
  }
}

interface Recovery {
  publications: Publication[];
  recovered: boolean;
  position: StreamPosition;
}
