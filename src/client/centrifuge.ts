import { Centrifuge, UnauthorizedError, type PublicationContext } from "centrifuge";
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
import { webSocketClass, withConnectTimeout } from "./websocket.js";

export { UnauthorizedError };

/** How long one attempt to connect may take, from the network connection to Centrifugo's answer. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Centrifugo's error code for a subscription that the user may not have. */
const PERMISSION_DENIED = 103;

/** The SDK's code for a subscription that this client ended. */
const UNSUBSCRIBE_CALLED = 0;

/** Centrifugo's error code for a token that has expired. */
const TOKEN_EXPIRED = 109;

/** Connects through Centrifugo's SDK, which only this file knows. */
export const centrifugeTransport: TransportFactory = (target, events) =>
  new CentrifugeTransport(target, events);

class CentrifugeTransport implements Transport {
  readonly #target: ConnectionTarget;
  readonly #events: TransportEvents;
  readonly #opening = new Deferred<void>();
  #sdk: Centrifuge | undefined;
  #closed = false;
  /** Whether the client's first token had expired, so that the SDK asked for a new one. */
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
      // The SDK ignores replies after its timeout, so this is the longest time of any call. Attempts
      // to connect have a shorter one.
      timeout: MAX_TIMEOUT_MS,
      websocket: withConnectTimeout(webSocket, CONNECT_TIMEOUT_MS),
      getToken: getToken ?? null,
    });
    this.#sdk = sdk;
    const channel = userChannel(userId);
    sdk
      .on("connecting", () => events.lost())
      .on("error", ({ error }) => this.#onError(error))
      .on("disconnected", ({ code, reason }) => events.closed(new ConnectionError(reason, code)))
      .newSubscription(channel)
      .on("publication", (context) => this.#onPublication(context))
      .on("subscribed", () => {
        this.#opening.resolve();
        events.connected();
      })
      .on("error", ({ error }) => this.#failOpening(error.message, error.code))
      .on("unsubscribed", ({ code, reason }) => {
        const hint = code === PERMISSION_DENIED ? " (does the token belong to another user?)" : "";
        events.closed(
          new ConnectionError(`cannot subscribe to ${channel}: ${reason}${hint}`, code),
        );
      })
      .subscribe();
    try {
      sdk.connect();
    } catch (error) {
      // The SDK throws for a URL that is not a WebSocket's.
      throw new ConnectionError(`${url}: ${(error as Error).message}`);
    }
    await this.#opening.promise;
  }

  async rpc(method: string, data: unknown): Promise<unknown> {
    return (await this.#sdk!.rpc(method, data)).data;
  }

  subscribe(channel: string): Promise<void> {
    const sdk = this.#sdk!;
    const { promise, resolve, reject } = new Deferred<void>();
    const subscription = sdk.newSubscription(channel);
    let accepted = false;
    subscription
      .on("publication", (context) => this.#onPublication(context))
      .on("subscribed", () => {
        accepted = true;
        resolve();
      })
      .on("unsubscribed", ({ code, reason }) => {
        sdk.removeSubscription(subscription);
        const error = { code, message: reason };
        reject(error);
        if (accepted && code !== UNSUBSCRIBE_CALLED) this.#events.unsubscribed(channel, error);
      })
      .subscribe();
    return promise;
  }

  unsubscribe(channel: string): void {
    this.#sdk?.removeSubscription(this.#sdk.getSubscription(channel));
  }

  close(): void {
    this.#closed = true;
    this.#sdk?.disconnect();
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
