import {
  isObject,
  PROTOCOL_VERSION,
  type ReplyBody,
  type ReplyEnvelope,
  RPCError,
  type RpcProxyRequest,
  userChannel,
} from "../../protocol/index.js";
import type { ConnectionContext, Logger, Router } from "../../handlers/index.js";
import { claimCall, type CallClaim } from "./call-claim.js";
import type { CallStore } from "./call-store.js";
import type { ReceivedCall } from "./read-envelope.js";
import { loggedMethod } from "../observability/call-lines.js";
import { ObservedCall } from "../observability/observed-call.js";
import type { Observers } from "../observability/observers.js";
import type { Tracing } from "../observability/tracing.js";
import { publishWithRetry, type Publisher } from "../centrifugo/broker-publisher.js";
import { answerInTime } from "../stores/store-answer.js";
import { startCall, type RunningCall } from "./running-call.js";
import { jsonBytes, sendableError, sendableResult } from "./sendable.js";
import { Turns, type Turn } from "./turns.js";

/** Who calls which method: a proxy request without its data. */
export type CallRequest = Omit<RpcProxyRequest, "data">;

/**
 * A handler that ignores its signal counts among the running calls of its user for this long after
 * the call's end. No longer, so that a handler that never ends does not lock its user out.
 */
const STOPPING_HANDLER_MS = 30_000;

/** When a caller that is refused should try again. */
const RETRY_AFTER_MS = 1000;

/**
 * A larger reply is not kept in the channel's history: what a client has missed must fit into its
 * queue, with 100 publications of history and 4 MiB of queue.
 */
const MAX_KEPT_REPLY_BYTES = 32 * 1024;

export interface RunningCallsOptions {
  router: Router;
  publisher: Publisher;
  store: CallStore | undefined;
  tracing: Tracing | undefined;
  observers: Observers;
  /** How many calls of one user may run at the same time. */
  maxCallsPerUser: number;
  log: Logger;
}

/** A running call with its observers. */
export interface WatchedCall extends RunningCall {
  readonly method: string;
  readonly observed: ObservedCall;
}

/** The calls that this gateway runs, by user and correlation ID, until they have replies. */
export class RunningCalls {
  readonly #options: RunningCallsOptions;
  readonly #calls = new Map<string, WatchedCall>();
  readonly #turns: Turns;
  readonly #deliveries = new Set<Promise<void>>();

  constructor(options: RunningCallsOptions) {
    this.#options = options;
    this.#turns = new Turns(options.maxCallsPerUser);
    options.store?.onCancel((key) => this.#calls.get(key)?.abort(RPCError.of("cancelled")));
  }

  /**
   * Starts a call that the caller can send again, or attaches to it when this user's call with this
   * ID runs already: here, or, as far as the store knows, in another gateway.
   *
   * @throws RPCError invalid_params when the call that runs here is one of another method,
   * rate_limited when the user has too many calls.
   */
  start(request: CallRequest, received: ReceivedCall): WatchedCall {
    const key = callKey(request.user, received.correlation_id);
    const known = this.#calls.get(key);
    if (known) {
      if (known.method !== request.method) {
        const message = "this correlation ID belongs to a call of another method, which still runs";
        throw RPCError.of("invalid_params", message);
      }
      known.observed.repeated(received.attempt);
      return known;
    }
    const turn = this.#takeTurn(request, received);
    const { store } = this.#options;
    const log = this.#logOf(request, received);
    const claim = store && claimCall(store, key, received.timeout_ms, log);
    const call = this.#run(key, request, received, turn, log, claim);
    if (claim) void this.#track(this.#release(call, claim, request.user, received.correlation_id));
    return call;
  }

  /**
   * Starts a call whose ID only this gateway knows.
   *
   * @throws RPCError rate_limited when the user has too many calls.
   */
  startAlone(request: CallRequest, received: ReceivedCall): WatchedCall {
    const turn = this.#takeTurn(request, received);
    const key = callKey(request.user, received.correlation_id);
    return this.#run(key, request, received, turn, this.#logOf(request, received), undefined);
  }

  /** Publishes the reply on the user's channel when it is available. */
  defer(call: WatchedCall, userId: string, correlationId: string): void {
    call.observed.deferred();
    call.deferTo((reply) => void this.#track(this.#publishReply(userId, correlationId, reply)));
  }

  /** Stops the call's handler, here or in another gateway. `false` when nobody runs it. */
  async cancel(userId: string, correlationId: string): Promise<boolean> {
    const key = callKey(userId, correlationId);
    const call = this.#calls.get(key);
    call?.abort(RPCError.of("cancelled"));
    const elsewhere = await this.#cancelElsewhere(key);
    return call !== undefined || elsewhere;
  }

  /** Waits up to `drainMs` for the calls, ends the remaining ones, and waits for deliveries. */
  async drain(drainMs: number): Promise<void> {
    const timer = setTimeout(() => {
      for (const call of this.#calls.values()) {
        call.abort(RPCError.of("outcome_unknown", "the gateway stopped during the call"));
      }
    }, drainMs);
    await Promise.all([...this.#calls.values()].map((call) => call.reply));
    clearTimeout(timer);
    // One delivery can start another.
    while (this.#deliveries.size > 0) await Promise.all(this.#deliveries);
  }

  #run(
    key: string,
    request: CallRequest,
    received: ReceivedCall,
    turn: Turn,
    log: Logger,
    claim: CallClaim | undefined,
  ): WatchedCall {
    const { correlation_id, params, timeout_ms } = received;
    const { router, observers, tracing } = this.#options;
    const observed = new ObservedCall(observers, tracing, received.attempt);
    let isHandled = false;
    const call = startCall(timeout_ms, async (signal, deadline, begin) => {
      // The gateway that runs it publishes the reply.
      if (claim && !(await claim.won)) return { pending: true };
      if (turn.ready) await turn.ready;
      signal.throwIfAborted();
      begin();
      const { method, user, client, transport } = request;
      const trace = observed.begin({
        correlationId: correlation_id,
        method,
        known: router.has(method),
        userId: user,
        clientId: client,
        transport,
        params,
        deadline,
        ...(received.traceparent !== undefined && { traceparent: received.traceparent }),
        ...(received.tracestate !== undefined && { tracestate: received.tracestate }),
      });
      const conn: ConnectionContext = {
        userId: user,
        clientId: client,
        transport,
        protocol: request.protocol,
        meta: isObject(request.meta) ? request.meta : {},
        method,
        correlationId: correlation_id,
        deadline,
        signal,
        ...trace.context,
        log: log.child(trace.logged),
      };
      isHandled = true;
      try {
        const result = await observed.run(() => router.call(conn, params));
        return { result: sendableResult(result, conn.log) };
      } catch (thrown) {
        const error = sendableError(thrown, conn.log);
        observed.failed(error);
        throw error;
      } finally {
        isHandled = false;
        turn.end();
      }
    });
    const watched = { ...call, method: request.method, observed };
    this.#calls.set(key, watched);
    void call.reply.then((reply) => {
      this.#calls.delete(key);
      if (isHandled) setTimeout(() => turn.end(), STOPPING_HANDLER_MS).unref();
      else turn.end();
      observed.ended(request.method, request.user, reply);
    });
    return watched;
  }

  #takeTurn({ user }: CallRequest, { params }: ReceivedCall): Turn {
    const turn = this.#turns.take(user, params);
    if (turn) return turn;
    const { maxCallsPerUser } = this.#options;
    throw tooManyCalls(`this user has ${maxCallsPerUser} running calls and too many that wait`);
  }

  #logOf({ method, user }: CallRequest, { correlation_id }: ReceivedCall): Logger {
    const { log } = this.#options;
    return log.child({ method: loggedMethod(method), correlationId: correlation_id, userId: user });
  }

  /** Gives the claim up at the call's end, and sees to the reply that another gateway promised. */
  async #release(call: WatchedCall, claim: CallClaim, userId: string, id: string): Promise<void> {
    await call.reply;
    if (await claim.release()) this.defer(call, userId, id);
  }

  async #publishReply(userId: string, correlationId: string, body: ReplyBody): Promise<void> {
    // Another gateway runs the call and publishes its reply.
    if ("pending" in body) return;
    const { publisher, observers, log } = this.#options;
    try {
      const reply = replyEnvelope(correlationId, body);
      const bytes = jsonBytes(reply);
      const isKept = typeof bytes === "number" && bytes <= MAX_KEPT_REPLY_BYTES;
      const options = isKept ? {} : { skipHistory: true };
      await publishWithRetry(publisher, userChannel(userId), reply, options);
      observers.replyPublished({ correlationId, userId, ok: true });
    } catch (error) {
      observers.replyPublished({ correlationId, userId, ok: false });
      log.error({ err: error, userId, correlationId }, "deferred reply could not be published");
    }
  }

  async #cancelElsewhere(key: string): Promise<boolean> {
    const { store } = this.#options;
    if (!store) return false;
    try {
      return await answerInTime(store.cancel(key));
    } catch (error) {
      const message = "the call store does not answer: other gateways were not told";
      this.#options.log.warn({ err: error }, message);
      return false;
    }
  }

  /** Makes {@link drain} wait for a delivery, which never rejects. */
  async #track(delivery: Promise<void>): Promise<void> {
    this.#deliveries.add(delivery);
    await delivery;
    this.#deliveries.delete(delivery);
  }
}

/** Refuses a call until others have ended. */
export function tooManyCalls(reason: string): RPCError {
  const message = `${reason}: wait until some have ended`;
  return RPCError.of("rate_limited", message, { retry_after_ms: RETRY_AFTER_MS });
}

/** The wire form of a reply. */
export function replyEnvelope(correlationId: string, body: ReplyBody): ReplyEnvelope {
  return { $rpc: PROTOCOL_VERSION, correlation_id: correlationId, ...body };
}

function callKey(userId: string, correlationId: string): string {
  return `${userId} ${correlationId}`;
}
