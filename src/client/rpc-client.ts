import { errorOfCentrifugo } from "../protocol/centrifugo-errors.js";
import {
  callEnvelope,
  CANCEL_METHOD,
  DEFAULT_TIMEOUT_MS,
  PROTOCOL_VERSION,
  readReply,
  type HelloReply,
  type TraceContext,
} from "../protocol/envelope.js";
import { RPCError } from "../protocol/rpc-error.js";
import { isUserId, userChannel } from "../protocol/user-channel.js";
import { ConnectionError } from "./connection-error.js";
import { Connection, SDK_TIMEOUT, type ConnectionTarget, type SdkError } from "./connection.js";
import { ContractWatch, type ClientContract, type ContractMismatch } from "./contract-check.js";
import { checkSize } from "./message-size.js";
import { Deferred } from "./deferred.js";
import { PendingCall } from "./pending-call.js";
import {
  Subscriptions,
  type ChannelCallback,
  type Publication,
  type SubscribeOptions,
  type Subscription,
} from "./subscriptions.js";

/** The options of {@link CentrifugoRPCClient}. */
export interface CentrifugoRPCClientOptions {
  /** How long a call may take unless it says otherwise, in milliseconds. Default 30000. */
  timeout?: number;
  /**
   * Gives a token of the same user: called when the client was made with an empty token, and when
   * the token has expired or is about to. Calls in flight are not disturbed. A rejection with
   * {@link UnauthorizedError} ends the connection; after any other the client tries again.
   */
  getToken?: () => Promise<string>;
  /**
   * Gives the trace that a call is made in, as a tracing library injects it into HTTP headers. The
   * server's spans for the call then join it. Called for each call.
   */
  traceContext?: () => TraceContext | undefined;
}

/** The options of one call. */
export interface CallOptions {
  /** How long the call may take, in milliseconds, waiting for a reconnect included. */
  timeout?: number;
  /** Cancels the call: it rejects with code 499, and the handler is told to stop. */
  signal?: AbortSignal;
}

/**
 * A connection of one user over which methods are called. Works in browsers and in Node.js. After
 * a lost connection it reconnects by itself.
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
  readonly #target: ConnectionTarget;
  readonly #userChannel: string;
  readonly #timeout: number;
  readonly #traceContext: (() => TraceContext | undefined) | undefined;
  readonly #pending = new Map<string, PendingCall>();
  readonly #subscriptions = new Subscriptions({
    subscribe: (channel) => this.#subscribe(channel),
    unsubscribe: (channel) => this.#withConnection((open) => open.unsubscribe(channel)),
    call: (method, data) => this.#protocolCall(method, data),
  });
  readonly #contracts: ContractWatch[] = [];
  #connection: Promise<Connection> | undefined;
  #connecting: Promise<void> | undefined;
  /** Why calls cannot be made, when there is no connection. */
  #closed = new ConnectionError("not connected: call connect() first");

  /**
   * @throws TypeError for a user ID that the protocol does not allow, RangeError for a timeout that
   * is no positive number of milliseconds.
   */
  constructor(
    url: string,
    token: string,
    userId: string,
    options: CentrifugoRPCClientOptions = {},
  ) {
    if (!isUserId(userId)) {
      throw new TypeError(
        `user ID ${JSON.stringify(userId)}: use 1 to 200 printable ASCII characters ` +
          `without "#", "," and ":"`,
      );
    }
    const { getToken, traceContext } = options;
    this.#traceContext = traceContext;
    this.#userChannel = userChannel(userId);
    this.#target = { url, token, userId, ...(getToken ? { getToken } : {}) };
    this.#timeout = options.timeout ?? DEFAULT_TIMEOUT_MS;
    checkTimeout(this.#timeout);
  }

  /**
   * Opens the connection. Resolves once calls can be made.
   *
   * @throws ConnectionError that says why: the server cannot be reached, the token is wrong, expired
   * or another user's, or the gateway does not answer.
   */
  connect(): Promise<void> {
    return (this.#connecting ??= this.#open());
  }

  /** Closes the connection. Pending calls reject with code 499. */
  disconnect(): void {
    this.#withConnection((connection) => connection.close());
    this.#onClosed(new ConnectionError("disconnected by the application"), "cancelled");
  }

  /**
   * Calls a method.
   *
   * @throws RPCError with `code` and `message`; see docs/errors.md.
   */
  // Any, because what the result is depends on the method: generated clients know it.
  // oxlint-disable-next-line typescript/no-explicit-any
  async call<Result = any>(
    method: string,
    params: unknown,
    { timeout = this.#timeout, signal }: CallOptions = {},
  ): Promise<Result> {
    checkTimeout(timeout);
    const call = new PendingCall(timeout, () => {
      this.#pending.delete(call.id);
      signal?.removeEventListener("abort", cancel);
    });
    const cancel = (): void => this.#cancel(call, signal?.reason);
    this.#pending.set(call.id, call);
    if (signal?.aborted) cancel();
    else signal?.addEventListener("abort", cancel);
    void this.#send(call, method, params, this.#traceContext?.());
    return (await call.outcome) as Result;
  }

  /**
   * Calls `callback` with what is published on a channel, one message after the other. Goes on after
   * a reconnect, with what was missed if the channel keeps a history; ends with `disconnect()` and
   * when the connection is closed for good. A message whose publisher waits for it is acknowledged
   * when the callback has returned or its promise has resolved.
   *
   * @returns once the server has accepted
   * @throws RPCError with `code` and `message`: 403 for a channel that the user may not have, 503
   * without a connection
   */
  async subscribe(
    channel: string,
    callback: ChannelCallback,
    options: SubscribeOptions = {},
  ): Promise<Subscription> {
    await this.#connected();
    return this.#subscriptions.add(channel, callback, options);
  }

  /**
   * Compares the contract that a client was generated from with the server's, now or when the
   * connection is there, and again after each reconnect. Generated clients call it.
   *
   * @param onMismatch is called when they differ, once for each contract of the server; without it
   * a mismatch is a warning on the console
   */
  watchContract(contract: ClientContract, onMismatch?: (mismatch: ContractMismatch) => void): void {
    const watch = new ContractWatch(contract, onMismatch);
    this.#contracts.push(watch);
    this.#withConnection(async (connection) => this.#compare(watch, await connection.ready()));
  }

  async #open(): Promise<void> {
    const creating = Connection.create(this.#target, {
      publication: (channel, publication) => this.#onPublication(channel, publication),
      ready: (hello) => {
        for (const watch of this.#contracts) void this.#compare(watch, hello);
      },
      unsubscribed: (channel, error) => {
        this.#subscriptions.end(subscriptionError(channel, error), [channel]);
      },
      lost: () => this.#failSent(),
      closed: (error) => this.#onClosed(error, "unavailable"),
    });
    this.#connection = creating;
    try {
      await (await creating).open();
    } catch (error) {
      if (this.#connection === creating) this.#onClosed(error as ConnectionError, "unavailable");
      throw error;
    }
  }

  async #connected(): Promise<Connection> {
    try {
      const connection = await this.#connection;
      if (!connection) throw this.#closed;
      await connection.ready();
      return connection;
    } catch (error) {
      throw notConnected(error as Error);
    }
  }

  /** A call of the protocol itself, when there is a connection. */
  async #protocolCall(method: string, data: unknown): Promise<unknown> {
    return (await this.#connected()).rpc(method, data);
  }

  #onPublication(channel: string, publication: Publication): void {
    const isReply = channel === this.#userChannel && this.#receive(publication.data);
    if (!isReply) this.#subscriptions.receive(channel, publication);
  }

  #compare(watch: ContractWatch, hello: HelloReply): Promise<void> {
    return watch.compare(hello, (method, data) => this.#protocolCall(method, data));
  }

  async #subscribe(channel: string): Promise<void> {
    if (channel === this.#userChannel) return; // the connection is subscribed
    const connection = await this.#connected();
    const timeout = new Deferred<never>();
    const timer = setTimeout(() => {
      timeout.reject({ code: SDK_TIMEOUT, message: `no answer within ${this.#timeout} ms` });
    }, this.#timeout);
    try {
      await Promise.race([connection.subscribe(channel), timeout.promise]);
    } catch (error) {
      throw subscriptionError(channel, error as SdkError);
    } finally {
      clearTimeout(timer);
    }
  }

  async #send(
    call: PendingCall,
    method: string,
    params: unknown,
    trace: TraceContext | undefined,
  ): Promise<void> {
    try {
      const connection = await this.#connection;
      if (!connection) throw this.#closed;
      const hello = await connection.ready();
      if (call.ended) return;
      const envelope = callEnvelope({
        correlationId: call.id,
        params,
        timeoutMs: call.remainingMs,
        attempt: 1,
        epoch: hello.epoch,
        ...(trace === undefined ? {} : { trace }),
      });
      checkSize(method, envelope, hello.max_message_bytes);
      call.sent = true;
      const reply = await connection.rpc(method, envelope);
      if (!this.#receive(reply)) call.fail(RPCError.of("internal", "the reply is malformed"));
    } catch (error) {
      this.#onSendError(call, error);
    }
  }

  #onSendError(call: PendingCall, error: unknown): void {
    if (error instanceof RPCError) return call.fail(error);
    if (!call.sent) return call.fail(notConnected(error as Error));
    const { code, message } = error as { code?: number; message: string };
    // The reply can still come on the user's channel: the call's own deadline ends it.
    if (code === SDK_TIMEOUT) return;
    if (code === undefined || code < 100) return call.fail(connectionLost());
    call.fail(errorOfCentrifugo(code, message));
  }

  /** Hands a reply to its call; `false` when `data` is no reply. */
  #receive(data: unknown): boolean {
    const reply = readReply(data);
    if (!reply) return false;
    const call = this.#pending.get(reply.correlation_id);
    if (!call || "pending" in reply) return true;
    if ("error" in reply) call.fail(RPCError.fromWire(reply.error));
    else call.succeed(reply.result);
    return true;
  }

  #cancel(call: PendingCall, reason: unknown): void {
    if (call.sent) {
      const data = { $rpc: PROTOCOL_VERSION, correlation_id: call.id };
      this.#withConnection((connection) => connection.rpc(CANCEL_METHOD, data));
    }
    call.fail(RPCError.of("cancelled", undefined, undefined, { cause: reason }));
  }

  /** Does something with the connection if there is one; nobody waits for it. */
  #withConnection(use: (connection: Connection) => unknown): void {
    void this.#connection?.then(use).catch(() => undefined);
  }

  #failSent(): void {
    for (const call of this.#pending.values()) if (call.sent) call.fail(connectionLost());
  }

  #onClosed(error: ConnectionError, outcome: "cancelled" | "unavailable"): void {
    this.#connection = undefined;
    this.#connecting = undefined;
    this.#closed = error;
    this.#subscriptions.end(outcome === "cancelled" ? undefined : notConnected(error));
    for (const call of this.#pending.values()) {
      if (outcome === "cancelled") call.fail(RPCError.of("cancelled", error.message));
      else if (call.sent) call.fail(connectionLost());
      else call.fail(notConnected(error));
    }
  }
}

/** The longest time that a timer takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;

function checkTimeout(ms: number): void {
  if (ms > 0 && ms <= MAX_TIMER_MS) return;
  throw new RangeError(`timeout ${ms}: use milliseconds from 1 to ${MAX_TIMER_MS}`);
}

/** The end of a call that was not sent because there is no connection. */
function notConnected(error: Error): RPCError {
  const refused = error instanceof ConnectionError && error.unauthorized;
  return RPCError.of(
    refused ? "unauthenticated" : "unavailable",
    `not connected: ${error.message}`,
  );
}

/** Centrifugo's error code for a channel whose namespace it does not know. */
const UNKNOWN_CHANNEL = 102;
/** From here on are the codes with which Centrifugo ends subscriptions. */
const UNSUBSCRIBED = 2000;

function subscriptionError(channel: string, { code, message }: SdkError): RPCError {
  const text = `cannot subscribe to ${channel}: ${message}`;
  if (code === SDK_TIMEOUT) return RPCError.of("deadline_exceeded", text);
  if (code === UNKNOWN_CHANNEL || code >= UNSUBSCRIBED) {
    return RPCError.of("permission_denied", text);
  }
  return new RPCError(errorOfCentrifugo(code, message).code, text);
}

function connectionLost(): RPCError {
  return RPCError.of("outcome_unknown");
}
