import { codeOfCentrifugoError } from "../protocol/centrifugo-errors.js";
import {
  callEnvelope,
  CANCEL_METHOD,
  DEFAULT_TIMEOUT_MS,
  PROTOCOL_VERSION,
  readReply,
} from "../protocol/envelope.js";
import { RPCError } from "../protocol/rpc-error.js";
import { isUserId } from "../protocol/user-channel.js";
import { ConnectionError } from "./connection-error.js";
import { Connection, SDK_TIMEOUT, type ConnectionTarget } from "./connection.js";
import { checkSize } from "./message-size.js";
import { PendingCall } from "./pending-call.js";

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
  readonly #timeout: number;
  readonly #pending = new Map<string, PendingCall>();
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
    const { getToken } = options;
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
    void this.#send(call, method, params);
    return (await call.outcome) as Result;
  }

  async #open(): Promise<void> {
    const creating = Connection.create(this.#target, {
      publication: (data) => this.#receive(data),
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

  async #send(call: PendingCall, method: string, params: unknown): Promise<void> {
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
    call.fail(new RPCError(codeOfCentrifugoError(code), message));
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

function connectionLost(): RPCError {
  return RPCError.of("outcome_unknown");
}
