import { Centrifuge, State, UnauthorizedError, type PublicationContext } from "centrifuge";
import {
  HELLO_METHOD,
  MAX_TIMEOUT_MS,
  PROTOCOL_VERSION,
  type HelloReply,
} from "../protocol/envelope.js";
import { userChannel } from "../protocol/user-channel.js";
import { ConnectionError } from "./connection-error.js";
import { Deferred } from "./deferred.js";
import type { Publication } from "./subscriptions.js";
import { webSocketClass, withConnectTimeout } from "./websocket.js";

/** The SDK's code for a command that had no answer in {@link MAX_TIMEOUT_MS}. */
export const SDK_TIMEOUT = 1;

/** How long {@link Connection.open} may take as a whole. */
const OPEN_TIMEOUT_MS = 10_000;

/** How long one attempt to connect may take, from the network connection to Centrifugo's answer. */
const CONNECT_TIMEOUT_MS = 10_000;

const FIRST_HELLO_PAUSE_MS = 250;
const LONGEST_HELLO_PAUSE_MS = 5000;

/** Centrifugo's error code for a subscription that the user may not have. */
const PERMISSION_DENIED = 103;

/** The SDK's code for a subscription that this client ended. */
const UNSUBSCRIBE_CALLED = 0;

/** Centrifugo's error code for a token that has expired. */
const TOKEN_EXPIRED = 109;

export { UnauthorizedError };

/** An error as the SDK gives it: the code is Centrifugo's from 100 on. */
export interface SdkError {
  readonly code: number;
  readonly message: string;
}

/** Where and as whom to connect. */
export interface ConnectionTarget {
  url: string;
  token: string;
  userId: string;
  /** Gives a new token when there is none, or when it has expired or is about to. */
  getToken?: () => Promise<string>;
}

/** What a connection tells its owner. */
export interface ConnectionEvents {
  /** Something was published on the user's channel or on one that was subscribed to. */
  publication(channel: string, publication: Publication): void;
  /** Calls can be made, for the first time or again. */
  ready(hello: HelloReply): void;
  /** The server ended a subscription that was asked for with {@link Connection.subscribe}. */
  unsubscribed(channel: string, error: SdkError): void;
  /** The connection is lost: commands without an answer will not get one. It opens again by itself. */
  lost(): void;
  /** The connection is closed for good. */
  closed(error: ConnectionError): void;
}

/**
 * A connection to Centrifugo over which calls can be made: authenticated, subscribed to the user's
 * channel, and greeted by the gateway. The only file that knows the SDK.
 */
export class Connection {
  readonly #centrifuge: Centrifuge;
  readonly #target: ConnectionTarget;
  readonly #events: ConnectionEvents;
  /** Resolves when calls can be made; a new one after each loss of the connection. */
  #ready = new Deferred<HelloReply>();
  /** Whether the token that came with the client had expired, so that a new one was asked for. */
  #tokenRenewed = false;
  #nextGreeting: ReturnType<typeof setTimeout> | undefined;
  #phase: "opening" | "open" | "reopening" | "closed" = "opening";

  private constructor(
    target: ConnectionTarget,
    webSocket: typeof WebSocket,
    events: ConnectionEvents,
  ) {
    const { url, token, userId, getToken } = target;
    if (url === "") throw new ConnectionError("the URL is empty");
    if (token === "" && !getToken) {
      throw new ConnectionError("the token is empty: give the user's JWT, or getToken");
    }
    this.#target = target;
    this.#events = events;
    this.#centrifuge = new Centrifuge(url, {
      token,
      // The SDK has one time for all: as long as any call may take, because it takes no reply that
      // comes later. Attempts to connect are given up sooner.
      timeout: MAX_TIMEOUT_MS,
      websocket: withConnectTimeout(webSocket, CONNECT_TIMEOUT_MS),
      ...(getToken ? { getToken } : {}),
    });
    this.#centrifuge
      .on("connecting", () => this.#onLost())
      .on("error", ({ error }) => this.#onError(error))
      .on("disconnected", ({ code, reason }) => this.#close(new ConnectionError(reason, code)));
    this.#centrifuge
      .newSubscription(userChannel(userId))
      .on("publication", (context) => this.#onPublication(context))
      .on("subscribed", () => void this.#greet())
      .on("error", ({ error }) => this.#failOpening(error.message, error.code))
      .on("unsubscribed", ({ code, reason }) => this.#onUnsubscribed(code, reason))
      .subscribe();
  }

  /**
   * A connection that is not open yet.
   *
   * @throws ConnectionError when URL or token are empty or this platform has no WebSocket.
   */
  static async create(target: ConnectionTarget, events: ConnectionEvents): Promise<Connection> {
    return new Connection(target, await webSocketClass(), events);
  }

  /**
   * Opens the connection. Fails at the first error, or after 10 s, instead of trying for ever.
   *
   * @throws ConnectionError
   */
  async open(): Promise<void> {
    const { url } = this.#target;
    try {
      this.#centrifuge.connect();
    } catch (error) {
      // The SDK throws for a URL that is none of a WebSocket.
      throw new ConnectionError(`${url}: ${(error as Error).message}`);
    }
    const timer = setTimeout(
      () => this.#failOpening(`${url}: no connection within ${OPEN_TIMEOUT_MS} ms`),
      OPEN_TIMEOUT_MS,
    );
    try {
      await this.ready();
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Waits until calls can be made, and gives what the gateway said of itself.
   *
   * @throws ConnectionError when the connection is closed for good.
   */
  ready(): Promise<HelloReply> {
    return this.#ready.promise;
  }

  /**
   * Centrifugo's `rpc` command.
   *
   * @throws what the SDK throws: an object with `code` and `message`.
   */
  async rpc(method: string, data: unknown): Promise<unknown> {
    return (await this.#centrifuge.rpc(method, data)).data;
  }

  /**
   * Subscribes to a channel that is not the user's own, for as long as the connection is used.
   *
   * @throws SdkError when the server refuses
   */
  subscribe(channel: string): Promise<void> {
    const { promise, resolve, reject } = new Deferred<void>();
    const subscription = this.#centrifuge.newSubscription(channel);
    let subscribed = false;
    subscription
      .on("publication", (context) => this.#onPublication(context))
      .on("subscribed", () => {
        subscribed = true;
        resolve();
      })
      .on("unsubscribed", ({ code, reason }) => {
        this.#centrifuge.removeSubscription(subscription);
        const error = { code, message: reason };
        reject(error);
        if (subscribed && code !== UNSUBSCRIBE_CALLED) this.#events.unsubscribed(channel, error);
      })
      .subscribe();
    return promise;
  }

  /** Ends a subscription of {@link subscribe}. */
  unsubscribe(channel: string): void {
    this.#centrifuge.removeSubscription(this.#centrifuge.getSubscription(channel));
  }

  /** Closes the connection for good; `closed` is not called. */
  close(): void {
    this.#phase = "closed";
    clearTimeout(this.#nextGreeting);
    this.#ready.reject(new ConnectionError("disconnected by the application"));
    this.#centrifuge.disconnect();
  }

  #onPublication({ channel, data, tags }: PublicationContext): void {
    this.#events.publication(channel, { data, tags: tags ?? {} });
  }

  #onLost(): void {
    clearTimeout(this.#nextGreeting);
    if (this.#phase !== "open") return;
    this.#phase = "reopening";
    this.#ready = new Deferred();
    this.#events.lost();
  }

  #onError({ message, code }: { message: string; code: number }): void {
    // The SDK gets itself a new token then; one that has expired as well is an error.
    if (code === TOKEN_EXPIRED && this.#target.getToken && !this.#tokenRenewed) {
      this.#tokenRenewed = true;
      return;
    }
    // What the SDK says of a refused connection as well as of a wrong path.
    const hint = message === "transport closed" ? " (does Centrifugo listen at this URL?)" : "";
    this.#failOpening(`${this.#target.url}: ${message}${hint}`, code);
  }

  #failOpening(reason: string, code?: number): void {
    if (this.#phase !== "opening") return;
    this.#close(new ConnectionError(reason, code));
  }

  #onUnsubscribed(code: number, reason: string): void {
    const hint = code === PERMISSION_DENIED ? " (does the token belong to another user?)" : "";
    const channel = userChannel(this.#target.userId);
    this.#close(new ConnectionError(`cannot subscribe to ${channel}: ${reason}${hint}`, code));
  }

  #close(error: ConnectionError): void {
    if (this.#phase === "closed") return;
    this.#phase = "closed";
    clearTimeout(this.#nextGreeting);
    this.#ready.reject(error);
    this.#centrifuge.disconnect();
    this.#events.closed(error);
  }

  /** Asks the gateway for its epoch; after a reconnect again and again until it answers. */
  async #greet(pause = FIRST_HELLO_PAUSE_MS): Promise<void> {
    const ready = this.#ready;
    try {
      const hello = (await this.rpc(HELLO_METHOD, { $rpc: PROTOCOL_VERSION })) as HelloReply;
      if (ready === this.#ready) this.#onHello(hello);
    } catch (error) {
      const { message, code } = error as { message: string; code?: number };
      this.#failOpening(`the gateway does not answer: ${message}`, code);
      // Once it is connected again, it is subscribed again, and greets again.
      if (this.#centrifuge.state !== State.Connected) return;
      const next = Math.min(2 * pause, LONGEST_HELLO_PAUSE_MS);
      clearTimeout(this.#nextGreeting);
      this.#nextGreeting = setTimeout(() => void this.#greet(next), pause);
    }
  }

  #onHello(hello: HelloReply): void {
    if (this.#phase === "closed") return;
    if (!hello?.versions?.includes(PROTOCOL_VERSION)) {
      const reason = `the gateway does not speak protocol version ${PROTOCOL_VERSION}`;
      return this.#close(new ConnectionError(reason));
    }
    this.#phase = "open";
    this.#ready.resolve(hello);
    this.#events.ready(hello);
  }
}
