import { DEFAULT_TIMEOUT_MS, type TraceContext } from "../protocol/envelope.js";
import { RPCError } from "../protocol/rpc-error.js";
import { isUserId, userChannel } from "../protocol/user-channel.js";
import { guarded } from "./guard.js";
import { Calls } from "./calls.js";
import { centrifugeTransport } from "./centrifuge.js";
import { ConnectionError } from "./connection-error.js";
import { ContractWatch, type ClientContract, type ContractMismatch } from "./contract-check.js";
import { Session, type Connected } from "./session.js";
import {
  subscriptionError,
  Subscriptions,
  type ChannelCallback,
  type SubscribeOptions,
  type Subscription,
} from "./subscriptions.js";
import type { ConnectionTarget, Publication, TransportFactory } from "./transport.js";

/** The options of {@link CentrifugoRPCClient}. */
export interface CentrifugoRPCClientOptions {
  /** How long a call may take unless it has its own timeout, in milliseconds. Default 30000. */
  timeout?: number;
  /**
   * Returns a token of the same user. Called when the client was created with an empty token, and
   * when the token has expired or is about to; running calls are not disturbed. A rejection with
   * {@link UnauthorizedError} ends the connection; after any other rejection the client tries again.
   */
  getToken?: () => Promise<string>;
  /**
   * Returns the trace that a call belongs to, as a tracing library injects it into HTTP headers, so
   * that the server's spans join it. Called for each call.
   */
  traceContext?: () => TraceContext | undefined;
  /**
   * Replaces the connection to Centrifugo, in unit tests: `createTestClient` of
   * `centrifugo-rpc/testing` sets it.
   */
  transport?: TransportFactory;
}

/** The options of one call. */
export interface CallOptions {
  /** How long the call may take, in milliseconds, including waiting for a reconnect. */
  timeout?: number;
  /** Cancels the call: it rejects with code 499, and the handler's signal is aborted. */
  signal?: AbortSignal;
  /**
   * Whether the call is sent again, until its time is up, when the server refuses to run it now: after
   * the errors 429 and 503. Default true.
   */
  retry?: boolean;
  /**
   * Stands for what the call does, with 1 to 128 characters: calls of the user with the same key run
   * once and have the same result, for 24 hours, also after a page reload or in another process.
   */
  idempotencyKey?: string;
}

/**
 * A connection of one user over which methods are called. It runs in browsers and in Node.js, and
 * reconnects by itself when the connection is lost.
 *
 * @example
 * ```ts
 * const rpc = new CentrifugoRPCClient("ws://localhost:8000/connection/websocket", token, "42");
 * await rpc.connect();
 * const stats = await rpc.call("tasks.get_stats", { user_id: "42" });
 * rpc.disconnect();
 * ```
 */
export class CentrifugoRPCClient {
  readonly #options: CentrifugoRPCClientOptions;
  readonly #timeout: number;
  readonly #target: ConnectionTarget;
  readonly #userChannel: string;
  readonly #calls: Calls;
  readonly #subscriptions: Subscriptions;
  readonly #contracts: ContractWatch[] = [];
  #session: Session | undefined;
  #connecting: Promise<void> | undefined;
  /** Why calls cannot be made while there is no session. */
  #closed = new ConnectionError("call connect() first");

  /**
   * @throws TypeError for a user ID that the protocol does not allow, RangeError for a timeout that
   * is not a positive number of milliseconds; both have the code `CRPC_ARGUMENT_INVALID`.
   */
  constructor(
    url: string,
    token: string,
    userId: string,
    options: CentrifugoRPCClientOptions = {},
  ) {
    if (!isUserId(userId)) {
      const message =
        `user ID ${JSON.stringify(userId)}: use 1 to 200 printable ASCII characters ` +
        `without "#", "," and ":"`;
      throw argumentError(new TypeError(message));
    }
    this.#options = options;
    this.#timeout = options.timeout ?? DEFAULT_TIMEOUT_MS;
    checkTimeout(this.#timeout);
    this.#target = { ...options, url, token, userId };
    this.#userChannel = userChannel(userId);
    const connected = (): Promise<Connected> => this.#connected();
    this.#calls = new Calls(connected);
    this.#subscriptions = new Subscriptions(this.#userChannel, this.#timeout, connected);
  }

  /**
   * Opens the connection. Resolves once calls can be made.
   *
   * @throws ConnectionError with the reason: the server cannot be reached, the token is wrong,
   * expired or another user's, or the gateway does not answer.
   */
  connect(): Promise<void> {
    return (this.#connecting ??= this.#open());
  }

  /** Closes the connection. Pending calls reject with code 499. */
  disconnect(): void {
    const error = new ConnectionError("disconnected by the application");
    const session = this.#session;
    this.#onClosed(error, true);
    session?.close(error);
  }

  /**
   * Calls a method.
   *
   * @throws RPCError with `code` and `message`; see docs/errors.md. RangeError for options that are
   * not valid, with the code `CRPC_ARGUMENT_INVALID`.
   */
  // Any, because the result depends on the method: generated clients know its type.
  // oxlint-disable-next-line typescript/no-explicit-any
  async call<Result = any>(
    method: string,
    params: unknown,
    { timeout = this.#timeout, retry = true, idempotencyKey, signal }: CallOptions = {},
  ): Promise<Result> {
    checkTimeout(timeout);
    checkKey(idempotencyKey);
    const trace = this.#options.traceContext && guarded(() => this.#options.traceContext?.());
    const call = { method, params, timeout, retry, idempotencyKey, signal, trace };
    return (await this.#calls.call(call)) as Result;
  }

  /**
   * Calls `callback` with what is published on a channel, one publication at a time. The
   * subscription survives a reconnect and then also receives what was missed, if the channel keeps a
   * history. It ends with `disconnect()` and when the connection is closed for good. A publication
   * whose publisher waits for it is acknowledged once the callback has returned or its promise has
   * resolved.
   *
   * @returns once the server has accepted
   * @throws RPCError with `code` and `message`: 403 for a channel that the user may not have, 503
   * without a connection
   */
  subscribe(
    channel: string,
    callback: ChannelCallback,
    options: SubscribeOptions = {},
  ): Promise<Subscription> {
    return this.#subscriptions.add(channel, callback, options);
  }

  /**
   * Compares the contract that a client was generated from with the server's, now or once
   * connected, and again after each reconnect. Generated clients call this.
   *
   * @param onMismatch is called when they differ, once for each contract of the server; without it
   * a mismatch is a warning on the console
   */
  watchContract(contract: ClientContract, onMismatch?: (mismatch: ContractMismatch) => void): void {
    const watch = new ContractWatch(contract, onMismatch);
    this.#contracts.push(watch);
    void this.#session?.ready().then(
      (connected) => watch.compare(connected),
      () => undefined,
    );
  }

  async #open(): Promise<void> {
    const session = new Session(this.#options.transport ?? centrifugeTransport, this.#target, {
      ready: (connected) => {
        for (const watch of this.#contracts) void watch.compare(connected);
      },
      lost: () => this.#calls.lost(),
      closed: (error) => {
        if (this.#session === session) this.#onClosed(error, false);
      },
      publication: (channel, publication) => this.#onPublication(channel, publication),
      unsubscribed: (channel, error) => {
        this.#subscriptions.end(subscriptionError(channel, error), [channel]);
      },
      waiting: () => this.#calls.waiting,
    });
    this.#session = session;
    await session.open();
  }

  async #connected(): Promise<Connected> {
    try {
      if (!this.#session) throw this.#closed;
      return await this.#session.ready();
    } catch (error) {
      throw notConnected(error as ConnectionError);
    }
  }

  #onPublication(channel: string, publication: Publication): void {
    const isReply = channel === this.#userChannel && this.#calls.receive(publication.data);
    if (!isReply) void this.#subscriptions.receive(channel, publication);
  }

  #onClosed(error: ConnectionError, byApplication: boolean): void {
    this.#session = undefined;
    this.#connecting = undefined;
    this.#closed = error;
    this.#subscriptions.end(byApplication ? undefined : notConnected(error));
    this.#calls.fail((sent) => {
      if (byApplication) return RPCError.of("cancelled", error.message);
      return sent ? RPCError.of("outcome_unknown") : notConnected(error);
    });
  }
}

/** The longest time of a timer, in milliseconds. */
const MAX_TIMER_MS = 2 ** 31 - 1;

function checkTimeout(ms: number): void {
  if (ms > 0 && ms <= MAX_TIMER_MS) return;
  throw argumentError(new RangeError(`timeout ${ms}: use milliseconds from 1 to ${MAX_TIMER_MS}`));
}

/** The longest idempotency key, in characters. */
const MAX_KEY_LENGTH = 128;

function checkKey(key: string | undefined): void {
  if (key === undefined || (key.length > 0 && key.length <= MAX_KEY_LENGTH)) return;
  const message = `idempotencyKey has ${key.length} characters: use 1 to ${MAX_KEY_LENGTH}`;
  throw argumentError(new RangeError(message));
}

function argumentError(error: Error): Error {
  return Object.assign(error, { code: "CRPC_ARGUMENT_INVALID" });
}

/** Returns the error of a call that was not sent because there is no connection. */
function notConnected(error: ConnectionError): RPCError {
  return RPCError.of(
    error.unauthorized ? "unauthenticated" : "unavailable",
    `not connected: ${error.message}`,
  );
}
