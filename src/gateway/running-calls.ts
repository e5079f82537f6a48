import {
  PROTOCOL_VERSION,
  type ReplyBody,
  type ReplyEnvelope,
  RPCError,
  type RpcProxyRequest,
  userChannel,
} from "../protocol/index.js";
import type { ConnectionContext, Logger, Router } from "../server/index.js";
import { claimCall, type CallClaim } from "./call-claim.js";
import type { CallStore } from "./call-store.js";
import type { ReceivedCall } from "./envelope.js";
import { publishWithRetry, type Publisher } from "./publisher.js";
import { startCall, type RunningCall } from "./running-call.js";
import { sendableError, sendableResult } from "./sendable.js";

/** Who calls which method: a proxy request without its data. */
export type CallRequest = Omit<RpcProxyRequest, "data">;

/** What {@link RunningCalls} works with. */
export interface RunningCallsOptions {
  router: Router;
  publisher: Publisher;
  store: CallStore | undefined;
  log: Logger;
}

/** The calls that this gateway runs, by user and correlation ID, until their replies are on the way. */
export class RunningCalls {
  readonly #options: RunningCallsOptions;
  readonly #calls = new Map<string, RunningCall>();
  readonly #deliveries = new Set<Promise<void>>();

  constructor(options: RunningCallsOptions) {
    this.#options = options;
    options.store?.onCancel((key) => this.#calls.get(key)?.abort(RPCError.of("cancelled")));
  }

  /**
   * Starts a call that the caller can send again, or attaches to it when this user's call with this
   * ID runs already: here, or, as far as the store knows, in another gateway.
   */
  start(request: CallRequest, received: ReceivedCall): RunningCall {
    const key = callKey(request.user, received.correlation_id);
    const known = this.#calls.get(key);
    if (known) return known;
    const { store } = this.#options;
    const log = this.#logOf(request, received);
    const claim = store && claimCall(store, key, received.timeout_ms, log);
    const call = this.#run(key, request, received, log, claim);
    if (claim) void this.#track(this.#release(call, claim, request.user, received.correlation_id));
    return call;
  }

  /** Starts a call whose ID only this gateway knows. */
  startAlone(request: CallRequest, received: ReceivedCall): RunningCall {
    const key = callKey(request.user, received.correlation_id);
    return this.#run(key, request, received, this.#logOf(request, received), undefined);
  }

  /** Has the reply published on the user's channel once it is there. */
  defer(call: RunningCall, userId: string, correlationId: string): void {
    call.deferTo((reply) => void this.#track(this.#publishReply(userId, correlationId, reply)));
  }

  /** Tells the call's handler to stop, here or in another gateway. `false` when nobody runs it. */
  async cancel(userId: string, correlationId: string): Promise<boolean> {
    const key = callKey(userId, correlationId);
    const call = this.#calls.get(key);
    call?.abort(RPCError.of("cancelled"));
    const elsewhere = await this.#cancelElsewhere(key);
    return call !== undefined || elsewhere;
  }

  /** Waits for the calls up to `drainMs`, ends those that are left, and waits for deliveries. */
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
    { correlation_id, params, timeout_ms }: ReceivedCall,
    log: Logger,
    claim: CallClaim | undefined,
  ): RunningCall {
    const call = startCall(timeout_ms, async (signal, deadline) => {
      // The gateway that runs it publishes the reply.
      if (claim && !(await claim.won)) return { pending: true };
      signal.throwIfAborted();
      const conn: ConnectionContext = {
        userId: request.user,
        clientId: request.client,
        transport: request.transport,
        protocol: request.protocol,
        meta: isRecord(request.meta) ? request.meta : {},
        method: request.method,
        correlationId: correlation_id,
        deadline,
        signal,
        log,
      };
      try {
        return { result: sendableResult(await this.#options.router.call(conn, params), log) };
      } catch (error) {
        throw sendableError(error, log);
      }
    });
    this.#calls.set(key, call);
    void call.reply.then(() => this.#calls.delete(key));
    return call;
  }

  #logOf({ method, user }: CallRequest, { correlation_id }: ReceivedCall): Logger {
    return this.#options.log.child({ method, correlationId: correlation_id, userId: user });
  }

  /** Gives the claim up at the call's end, and sees to the reply that another gateway promised. */
  async #release(call: RunningCall, claim: CallClaim, userId: string, id: string): Promise<void> {
    await call.reply;
    if (await claim.release()) this.defer(call, userId, id);
  }

  async #publishReply(userId: string, correlationId: string, body: ReplyBody): Promise<void> {
    // Another gateway runs the call and publishes its reply.
    if ("pending" in body) return;
    try {
      const reply = replyEnvelope(correlationId, body);
      await publishWithRetry(this.#options.publisher, userChannel(userId), reply);
    } catch (error) {
      const { log } = this.#options;
      log.error({ err: error, userId, correlationId }, "deferred reply could not be published");
    }
  }

  async #cancelElsewhere(key: string): Promise<boolean> {
    try {
      return (await this.#options.store?.cancel(key)) ?? false;
    } catch (error) {
      const message = "the call store does not answer: other gateways were not told";
      this.#options.log.warn({ err: error }, message);
      return false;
    }
  }

  /** Has {@link drain} wait for a delivery, which never rejects. */
  async #track(delivery: Promise<void>): Promise<void> {
    this.#deliveries.add(delivery);
    await delivery;
    this.#deliveries.delete(delivery);
  }
}

/** A reply as it travels. */
export function replyEnvelope(correlationId: string, body: ReplyBody): ReplyEnvelope {
  return { $rpc: PROTOCOL_VERSION, correlation_id: correlationId, ...body };
}

function callKey(userId: string, correlationId: string): string {
  return `${userId} ${correlationId}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
