import {
  Centrifuge,
  UnauthorizedError,
  type PublicationContext,
  type StreamPosition,
  type SubscriptionErrorContext,
  type UnsubscribedContext,
} from "centrifuge";
import { MAX_TIMEOUT_MS } from "../protocol/envelope.js";
import { userChannel } from "../protocol/user-channel.js";
import { ConnectionError } from "./connection-error.js";
import { Deferred } from "./deferred.js";
import type {
  ConnectionTarget,
  Transport,
  TransportEvents,
  TransportFactory,
} from "./transport.js";
import { closingWhenSilent, webSocketClass } from "./websocket.js";

export { UnauthorizedError };

/** Centrifugo's error code for a channel that the user may not subscribe to. */
const PERMISSION_DENIED = 103;

/** The SDK's code for a subscription that this client ended. */
const UNSUBSCRIBE_CALLED = 0;

/** Centrifugo's error code for a token that has expired. */
const TOKEN_EXPIRED = 109;

/** Connects through Centrifugo's SDK, which only this file uses. */
export const centrifugeTransport: TransportFactory = (target, events) =>
  new CentrifugeTransport(target, events);

interface SubscriptionEvents {
  /** @param missed whether publications were lost for good */
  subscribed(missed: boolean): void;
  error?(context: SubscriptionErrorContext): void;
  /** The subscription has ended, or was refused. */
  unsubscribed(context: UnsubscribedContext): void;
}

class CentrifugeTransport implements Transport {
  readonly #target: ConnectionTarget;
  readonly #events: TransportEvents;
  readonly #opening = new Deferred<void>();
  #sdk: Centrifuge | undefined;
  #closed = false;
  /** How many commands wait for their replies. */
  #commands = 0;
  /** Whether the first token had expired, so that the SDK requested a new one. */
  #tokenRenewed = false;

  constructor(target: ConnectionTarget, events: TransportEvents) {
    this.#target = target;
    this.#events = events;
  }

  async connect(): Promise<void> {
    const { url, token, userId, getToken } = this.#target;
    if (url === "") throw new ConnectionError("the URL is empty");
    if (token === "" && !getToken) {
      throw new ConnectionError("the token is empty: pass the user's JWT, or getToken");
    }
    const webSocket = await webSocketClass();
    if (this.#closed) return;
    const events = this.#events;
    const sdk = new Centrifuge(url, {
      token,
      // The SDK ignores replies after its timeout, so this is the longest time of any call.
      timeout: MAX_TIMEOUT_MS,
      websocket: closingWhenSilent(webSocket, () => this.#commands > 0 || events.waiting()),
      getToken: getToken ?? null,
    });
    this.#sdk = sdk;
    const channel = userChannel(userId);
    sdk
      .on("connecting", () => events.lost())
      .on("error", ({ error }) => this.#onError(error))
      .on("disconnected", ({ code, reason }) => events.closed(new ConnectionError(reason, code)));
    this.#join(channel, {
      subscribed: (missed) => {
        if (missed) events.lost();
        this.#opening.resolve();
        events.connected();
      },
      error: ({ error }) => this.#failOpening(error.message, error.code),
      unsubscribed: ({ code, reason }) => {
        const hint = code === PERMISSION_DENIED ? " (does the token belong to another user?)" : "";
        events.closed(
          new ConnectionError(`cannot subscribe to ${channel}: ${reason}${hint}`, code),
        );
      },
    });
    try {
      sdk.connect();
    } catch (error) {
      // The SDK throws for a URL that is not a WebSocket's.
      throw new ConnectionError(`${url}: ${(error as Error).message}`);
    }
    await this.#opening.promise;
  }

  async rpc(method: string, data: unknown): Promise<unknown> {
    return (await this.#counted(this.#sdk!.rpc(method, data))).data;
  }

  subscribe(channel: string): Promise<void> {
    const { promise, resolve, reject } = new Deferred<void>();
    let accepted = false;
    this.#join(channel, {
      subscribed: () => {
        accepted = true;
        resolve();
      },
      unsubscribed: ({ code, reason }) => {
        this.unsubscribe(channel);
        const error = { code, message: reason };
        reject(error);
        if (accepted && code !== UNSUBSCRIBE_CALLED) this.#events.unsubscribed(channel, error);
      },
    });
    return this.#counted(promise);
  }

  unsubscribe(channel: string): void {
    this.#sdk?.removeSubscription(this.#sdk.getSubscription(channel));
  }

  close(): void {
    this.#closed = true;
    this.#sdk?.disconnect();
  }

  async #counted<T>(reply: Promise<T>): Promise<T> {
    this.#commands++;
    try {
      return await reply;
    } finally {
      this.#commands--;
    }
  }

  /**
   * Subscribes to a channel. If Centrifugo has lost the channel's history and has begun a new one,
   * as after a restart of Redis, subscribes again and receives the new one from its beginning.
   */
  #join(channel: string, events: SubscriptionEvents, since?: StreamPosition): void {
    const subscription = this.#sdk!.newSubscription(channel, since ? { since } : {});
    let epoch = since?.epoch;
    subscription
      .on("publication", (context) => this.#onPublication(context))
      .on("subscribed", ({ wasRecovering, recovered, streamPosition }) => {
        const known = epoch;
        epoch = streamPosition?.epoch;
        const missed = wasRecovering && !recovered;
        if (!missed || !epoch || epoch === known) return events.subscribed(missed);
        subscription.removeAllListeners();
        this.unsubscribe(channel);
        this.#join(channel, events, { offset: 0, epoch });
      })
      .on("error", (context) => events.error?.(context))
      .on("unsubscribed", (context) => events.unsubscribed(context))
      .subscribe();
  }

  #onPublication({ channel, data, tags }: PublicationContext): void {
    this.#events.publication(channel, { data, tags: tags ?? {} });
  }

  #onError({ message, code }: { message: string; code: number }): void {
    // The SDK then asks for a new token; if that one has expired too, it is an error.
    if (code === TOKEN_EXPIRED && this.#target.getToken && !this.#tokenRenewed) {
      this.#tokenRenewed = true;
      return;
    }
    // The SDK reports this for a refused connection as well as for a wrong path.
    const hint = message === "transport closed" ? " (does Centrifugo listen at this URL?)" : "";
    this.#failOpening(`${this.#target.url}: ${message}${hint}`, code);
  }

  #failOpening(reason: string, code: number): void {
    this.#opening.reject(new ConnectionError(reason, code));
  }
}
