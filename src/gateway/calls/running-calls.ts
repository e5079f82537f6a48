import { createHash } from "node:crypto";
import {
  isObject,
  PROTOCOL_VERSION,
  type ReplyBody,
  type ReplyEnvelope,
  RPCError,
  type RpcProxyRequest,
  userChannel,
} from "../../protocol/index.js";
import {
  type ConnectionContext,
  isRefusal,
  type Logger,
  type Router,
} from "../../handlers/index.js";
import {
  type CallClaim,
  type CallStore,
  type ClaimOutcome,
  ENDED,
  type EndOutcome,
  fingerprintOf,
} from "./call-store.js";
import type { ReceivedCall } from "./read-envelope.js";
import { loggedMethod } from "../observability/call-lines.js";
import { ObservedCall } from "../observability/observed-call.js";
import type { Observers } from "../observability/observers.js";
import type { Tracing } from "../observability/tracing.js";
import { publishWithRetry, type Publisher } from "../centrifugo/broker-publisher.js";
import { answerInTime } from "../stores/store-answer.js";
import { StoreAccess } from "./store-access.js";
import { startCall, type RunningCall } from "./running-call.js";
import { jsonBytes, sendableError, sendableResult } from "./sendable.js";
import { type Turn, type TurnLimits, Turns } from "./turns.js";

/**
 * A call is remembered for this long after its deadline: longer than a proxy request of Centrifugo
 * can take.
 */
const SLACK_MS = 15_000;

/** How long a call with an idempotency key is remembered. */
const KEY_LIFETIME_MS = 24 * 60 * 60 * 1000;

/** Who calls which method: a proxy request without its data. */
export type CallRequest = Omit<RpcProxyRequest, "data">;

/**
 * A handler that ignores its signal counts among the running calls of its user for this long after
 * the call's end. No longer, so that a handler that never ends does not lock its user out.
 */
const STOPPING_HANDLER_MS = 30_000;

/** When a refused caller should try again: by default, at the earliest, and at the latest. */
const RETRY_AFTER_MS = 1000;
const MIN_RETRY_AFTER_MS = 100;
const MAX_RETRY_AFTER_MS = 5000;

/**
 * A larger reply is not kept in the channel's history: what a client has missed must fit into its
 * queue, with 100 publications of history and 4 MiB of queue.
 */
const MAX_KEPT_REPLY_BYTES = 32 * 1024;

export interface RunningCallsOptions {
  router: Router;
  publisher: Publisher;
  store: CallStore;
  tracing: Tracing | undefined;
  observers: Observers;
  turns: TurnLimits;
  log: Logger;
}

/** A running call with its observers. */
export interface WatchedCall extends RunningCall {
  readonly observed: ObservedCall;
  /** See {@link fingerprintOf}; undefined for a call that cannot be sent again. */
  readonly fingerprint: string | undefined;
  readonly idempotent: boolean;
  /** The correlation IDs under which its reply will be published. */
  readonly deferredTo: Set<string>;
  /** The store's answer to its end. Never rejects. */
  readonly ended: Promise<EndOutcome>;
}

/** The calls that this gateway runs, by user and correlation ID, until they have replies. */
export class RunningCalls {
  readonly #options: RunningCallsOptions;
  readonly #calls = new Map<string, WatchedCall>();
  readonly #store: StoreAccess;
  readonly #turns: Turns;
  readonly #deliveries = new Set<Promise<unknown>>();
  /** Whether the calls that still run are left to other gateways. */
  #isStopping = false;

  constructor(options: RunningCallsOptions) {
    this.#options = options;
    this.#store = new StoreAccess(options.store, options.log);
    this.#turns = new Turns(options.turns);
    options.store.onCancel((key) => this.#calls.get(key)?.abort(RPCError.of("cancelled")));
  }

  /**
   * Starts a call that the caller can send again, or attaches to it if it runs here. A call that has
   * ended, or that another gateway runs, is not run again.
   *
   * @throws RPCError invalid_params if the call that runs here has another method or other params,
   * rate_limited if the user has too many calls.
   */
  start(request: CallRequest, received: ReceivedCall): WatchedCall {
    const { correlation_id, idempotency_key, params, timeout_ms } = received;
    const key =
      idempotency_key === undefined
        ? callKey(request.user, correlation_id)
        : applicationKey(request.user, idempotency_key);
    const fingerprint = fingerprintOf(request.method, params);
    const known = this.#calls.get(key);
    if (known) {
      if (known.fingerprint !== fingerprint) throw mismatch();
      known.observed.repeated(received.attempt);
      return known;
    }
    const turn = this.#takeTurn(request, received);
    const { router } = this.#options;
    return this.#run(key, request, received, turn, {
      key,
      correlationId: correlation_id,
      fingerprint,
      attempt: received.attempt,
      epoch: received.epoch,
      idempotent:
        router.isIdempotent(request.method) || router.keepsCalls?.(request.method) === true,
      keepMs: idempotency_key === undefined ? timeout_ms + SLACK_MS : KEY_LIFETIME_MS,
    });
  }

  /**
   * Starts a call whose ID only this gateway knows.
   *
   * @throws RPCError rate_limited if the user has too many calls.
   */
  startAlone(request: CallRequest, received: ReceivedCall): WatchedCall {
    const turn = this.#takeTurn(request, received);
    const key = callKey(request.user, received.correlation_id);
    return this.#run(key, request, received, turn, undefined);
  }

  /** Publishes the reply on the user's channel when it is available. */
  defer(call: WatchedCall, userId: string, correlationId: string): void {
    if (call.deferredTo.has(correlationId)) return;
    call.deferredTo.add(correlationId);
    call.observed.deferred();
    void call.reply.then((reply) =>
      this.#track(this.#publishReply(call, userId, correlationId, reply)),
    );
  }

  /** Stops the call's handler, here or in another gateway. Returns `false` if no gateway runs it. */
  async cancel(userId: string, correlationId: string): Promise<boolean> {
    const key = callKey(userId, correlationId);
    const call = this.#calls.get(key);
    call?.abort(RPCError.of("cancelled"));
    const elsewhere = await this.#store.cancel(key);
    return call !== undefined || elsewhere;
  }

  /**
   * Returns which of a user's calls no gateway runs any more.
   *
   * @throws RPCError unavailable if the store does not answer.
   */
  async ended(userId: string, correlationIds: readonly string[]): Promise<string[]> {
    const unknown = correlationIds.filter((id) => !this.#calls.has(callKey(userId, id)));
    if (unknown.length === 0) return [];
    const running = await this.#store.areRunning(unknown.map((id) => callKey(userId, id)));
    return unknown.filter((_id, at) => !running[at]);
  }

  /** Waits up to `drainMs` for the calls, ends the remaining ones, and waits for deliveries. */
  async drain(drainMs: number): Promise<void> {
    const timer = setTimeout(() => {
      this.#isStopping = true;
      for (const call of this.#calls.values()) call.abort(stoppedError(call));
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
    claim: CallClaim | undefined,
  ): WatchedCall {
    const { correlation_id, params, timeout_ms } = received;
    const { router, observers, tracing } = this.#options;
    const log = this.#logOf(request, received);
    const observed = new ObservedCall(observers, tracing, received.attempt);
    let isHandled = false;
    let isRefused = false;
    let token: string | undefined;
    let mayHaveRun = false;
    const call = startCall(timeout_ms, async (signal, deadline, begin) => {
      if (claim) {
        const answer = this.#store.claim(claim, router.isIdempotent(request.method), log);
        const outcome = answer instanceof Promise ? await answer : answer;
        if (outcome.state !== "claimed") return replyTo(outcome);
        ({ token, mayHaveRun = false } = outcome);
      }
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
        ...(received.idempotency_key !== undefined && {
          idempotencyKey: received.idempotency_key,
        }),
        deadline,
        mayHaveRun,
        signal,
        ...trace.context,
        log: log.child(trace.logged),
      };
      isHandled = true;
      try {
        const result = await observed.run(() => router.call(conn, params));
        return { result: sendableResult(result, conn.log) };
      } catch (thrown) {
        isRefused = isRefusal(thrown);
        const error = sendableError(thrown, conn.log);
        observed.failed(error);
        throw error;
      } finally {
        isHandled = false;
        turn.end();
      }
    });
    // Also known by its correlation ID, with which it is cancelled.
    const id = callKey(request.user, correlation_id);
    const isIdempotent = router.isIdempotent(request.method);
    const ended = call.reply.then((reply): EndOutcome | Promise<EndOutcome> => {
      // The handler continues in its service, and another gateway will ask for its result.
      const isLeft = this.#isStopping && isHandled && claim?.idempotent === true && !isIdempotent;
      if (isHandled) setTimeout(() => turn.end(), STOPPING_HANDLER_MS).unref();
      else turn.end();
      observed.ended(request.method, request.user, reply);
      const answer =
        token === undefined || !claim || isLeft
          ? ENDED
          : this.#store.end(claim, token, reply, isRefused, log);
      const settle = (outcome: EndOutcome): EndOutcome => {
        this.#calls.delete(key);
        this.#calls.delete(id);
        // Other gateways promised their callers that the reply is published.
        for (const awaited of outcome.awaited) this.defer(watched, request.user, awaited);
        return outcome;
      };
      if (!(answer instanceof Promise)) return settle(answer);
      const settled = answer.then(settle);
      void this.#track(answerInTime(settled).catch(() => undefined));
      return settled;
    });
    const watched: WatchedCall = {
      ...call,
      observed,
      fingerprint: claim?.fingerprint,
      idempotent: claim?.idempotent === true,
      deferredTo: new Set(),
      ended,
    };
    this.#calls.set(key, watched);
    if (id !== key) this.#calls.set(id, watched);
    return watched;
  }

  #takeTurn({ user }: CallRequest, { params, timeout_ms }: ReceivedCall): Turn {
    const turn = this.#turns.take(user, params, timeout_ms);
    if (!("reason" in turn)) return turn;
    const { reason, overloaded, waitMs } = turn;
    throw tooManyCalls(reason, waitMs, overloaded ? "unavailable" : "rate_limited");
  }

  #logOf({ method, user }: CallRequest, { correlation_id }: ReceivedCall): Logger {
    const { log } = this.#options;
    return log.child({ method: loggedMethod(method), correlationId: correlation_id, userId: user });
  }

  async #publishReply(
    call: WatchedCall,
    userId: string,
    correlationId: string,
    body: ReplyBody,
  ): Promise<void> {
    // Another gateway runs the call and publishes its reply.
    if ("pending" in body) return;
    const { takenOver } = await answerInTime(call.ended).catch(() => ENDED);
    if (takenOver) return;
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

  /** Makes {@link drain} wait for a delivery, which never rejects. */
  async #track(delivery: Promise<unknown>): Promise<void> {
    this.#deliveries.add(delivery);
    await delivery;
    this.#deliveries.delete(delivery);
  }
}

/**
 * Refuses a call until others have ended.
 *
 * @param waitMs how long that will probably take; 0 if not known.
 */
export function tooManyCalls(
  reason: string,
  waitMs = 0,
  name: "rate_limited" | "unavailable" = "rate_limited",
): RPCError {
  const wait = waitMs === 0 ? RETRY_AFTER_MS : Math.max(waitMs, MIN_RETRY_AFTER_MS);
  const details = { retry_after_ms: Math.ceil(Math.min(wait, MAX_RETRY_AFTER_MS)) };
  return RPCError.of(name, `${reason}: wait until some have ended`, details);
}

/** The wire form of a reply. */
export function replyEnvelope(correlationId: string, body: ReplyBody): ReplyEnvelope {
  return { $rpc: PROTOCOL_VERSION, correlation_id: correlationId, ...body };
}

/** The error of a call that a stopping gateway does not finish. Clients send `unavailable` calls again. */
function stoppedError(call: WatchedCall): RPCError {
  return call.hasBegun() && !call.idempotent
    ? RPCError.of("outcome_unknown", "the gateway stopped during the call")
    : RPCError.of("unavailable", "the gateway is stopping");
}

function callKey(userId: string, correlationId: string): string {
  return `${userId} ${correlationId}`;
}

/** Differs from every {@link callKey}: a correlation ID has no colon. */
function applicationKey(userId: string, idempotencyKey: string): string {
  return `${userId} key:${createHash("sha256").update(idempotencyKey).digest("base64url")}`;
}

/** The reply to a call that this gateway does not run. */
function replyTo(outcome: Exclude<ClaimOutcome, { state: "claimed" }>): ReplyBody {
  switch (outcome.state) {
    case "running":
      return { pending: true };
    case "ended": {
      if (outcome.reply !== undefined) return JSON.parse(outcome.reply) as ReplyBody;
      const message = "the call has run, but its reply is not available any more";
      throw RPCError.of("outcome_unknown", message, { ran: true });
    }
    case "lost": {
      const message = "the gateway that received the call is gone: it may or may not have run";
      throw RPCError.of("outcome_unknown", message, { ran: null });
    }
    case "mismatch":
      throw mismatch();
    default:
      return outcome satisfies never;
  }
}

function mismatch(): RPCError {
  const message =
    "this correlation ID or idempotency key belongs to another method or other params";
  return RPCError.of("invalid_params", message, { idempotency_mismatch: true });
}
