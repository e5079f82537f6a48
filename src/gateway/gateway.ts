import {
  CANCEL_METHOD,
  type CancelReply,
  HELLO_METHOD,
  type HelloReply,
  isEnvelope,
  isUserId,
  PROBE_METHOD,
  PROTOCOL_VERSION,
  type ProxyBackend,
  type PublishProxyRequest,
  type PublishProxyResponse,
  type ReplyBody,
  type ReplyEnvelope,
  REQUESTS_CHANNEL,
  RPCError,
  type RpcProxyRequest,
  type RpcProxyResponse,
  userChannel,
  uuidv7,
  type WireError,
} from "../protocol/index.js";
import type { ConnectionContext, Logger, Router } from "../server/index.js";
import { silentLogger } from "../server/index.js";
import { claimCall, type CallClaim } from "./call-claim.js";
import type { CallStore } from "./call-store.js";
import {
  checkVersion,
  readCall,
  readCancel,
  readPublishedCall,
  type ReceivedCall,
} from "./envelope.js";
import { createProbe } from "./probe.js";
import { publishWithRetry, type Publisher } from "./publisher.js";
import { replyWithin, startCall, type RunningCall } from "./running-call.js";
import { sendableError, sendableResult } from "./sendable.js";

/** How long a plain call may take: less than the SDKs' 5 s reply timeout. */
const PLAIN_CALL_TIMEOUT_MS = 4500;

/** The options of {@link createGateway}. */
export interface GatewayOptions {
  /** Runs the handlers. */
  router: Router;
  /** Publishes deferred replies. */
  publisher: Publisher;
  /** A reply that takes longer comes on the user's channel, in milliseconds. Default 3000. */
  inlineTimeoutMs?: number;
  /** The broker's `websocket.message_size_limit`, in bytes. Default 65536, as Centrifugo's. */
  maxMessageBytes?: number;
  /**
   * What this gateway shares with others behind the same balancer, so that a call that is sent
   * again, or cancelled, through another gateway is found. Whoever opened it closes it. Default:
   * nothing, for a single gateway.
   */
  calls?: CallStore;
  /** Default: no log. */
  log?: Logger;
}

/** Stands between Centrifugo and the handlers: takes calls, runs them and sees to their replies. */
export interface Gateway extends ProxyBackend {
  /**
   * Takes no more calls, waits for the running ones up to `drainMs` (default 5000), and ends those
   * that are left with `outcome_unknown`: their handlers may have run in part.
   */
  close(options?: { drainMs?: number }): Promise<void>;
}

/** Makes a gateway. It opens nothing by itself: see `startGatewayServer` and the handlers. */
export function createGateway(options: GatewayOptions): Gateway {
  const { router, publisher, inlineTimeoutMs = 3000, maxMessageBytes = 65_536 } = options;
  const log = options.log ?? silentLogger;
  const epoch = uuidv7();
  const probe = createProbe(inlineTimeoutMs);
  const running = new Map<string, RunningCall>();
  const deliveries = new Set<Promise<void>>();
  let closing = false;
  options.calls?.onCancel((key) => running.get(key)?.abort(RPCError.of("cancelled")));

  /**
   * Starts the call, or attaches to it when this user's call with this ID is running already: here,
   * or, as far as `store` knows, in another gateway.
   */
  function start(
    request: CallRequest,
    { correlation_id, params, timeout_ms }: ReceivedCall,
    store?: CallStore,
  ): RunningCall {
    const key = callKey(request.user, correlation_id);
    const known = running.get(key);
    if (known) return known;
    const callLog = log.child({
      method: request.method,
      correlationId: correlation_id,
      userId: request.user,
    });
    const claim = store && claimCall(store, key, timeout_ms, callLog);
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
        log: callLog,
      };
      try {
        return { result: sendableResult(await router.call(conn, params), callLog) };
      } catch (error) {
        throw sendableError(error, callLog);
      }
    });
    running.set(key, call);
    void call.reply.then(() => running.delete(key));
    if (claim) void track(release(call, claim, request.user, correlation_id));
    return call;
  }

  /** Gives the claim up at the call's end, and sees to the reply that another gateway promised. */
  async function release(call: RunningCall, claim: CallClaim, userId: string, id: string) {
    await call.reply;
    if (await claim.release()) defer(call, userId, id);
  }

  /** Has the reply published on the user's channel once it is there. */
  function defer(call: RunningCall, userId: string, correlationId: string): void {
    call.deferTo((reply) => void track(publishReply(userId, correlationId, reply)));
  }

  /** Has {@link Gateway.close} wait for a delivery, which never rejects. */
  async function track(delivery: Promise<void>): Promise<void> {
    deliveries.add(delivery);
    await delivery;
    deliveries.delete(delivery);
  }

  async function publishReply(userId: string, correlationId: string, body: ReplyBody) {
    // Another gateway runs the call and publishes its reply.
    if ("pending" in body) return;
    try {
      const reply = envelope(correlationId, body);
      await publishWithRetry(publisher, userChannel(userId), reply);
    } catch (error) {
      log.error({ err: error, userId, correlationId }, "deferred reply could not be published");
    }
  }

  async function envelopeCall(request: RpcProxyRequest, data: { $rpc: unknown }) {
    const received = readCall(data);
    const { correlation_id: id } = received;
    const call = start(request, received, options.calls);
    const reply = await replyWithin(call, inlineTimeoutMs);
    if (reply) return envelope(id, reply);
    defer(call, request.user, id);
    return envelope(id, { pending: true });
  }

  async function plainCall(request: RpcProxyRequest): Promise<unknown> {
    const call = start(request, {
      correlation_id: uuidv7(),
      params: request.data,
      timeout_ms: PLAIN_CALL_TIMEOUT_MS,
    });
    const reply = await call.reply;
    if ("error" in reply) throw RPCError.fromWire(reply.error);
    return "result" in reply ? reply.result : null;
  }

  async function cancel(request: RpcProxyRequest): Promise<CancelReply> {
    const { correlation_id } = readCancel(request.data);
    const key = callKey(request.user, correlation_id);
    const call = running.get(key);
    call?.abort(RPCError.of("cancelled"));
    const elsewhere = await cancelElsewhere(key);
    return { $rpc: PROTOCOL_VERSION, cancelled: call !== undefined || elsewhere };
  }

  async function cancelElsewhere(key: string): Promise<boolean> {
    try {
      return (await options.calls?.cancel(key)) ?? false;
    } catch (error) {
      log.warn({ err: error }, "the call store does not answer: other gateways were not told");
      return false;
    }
  }

  function hello(request: RpcProxyRequest): HelloReply {
    checkVersion(request.data);
    return {
      $rpc: PROTOCOL_VERSION,
      versions: [PROTOCOL_VERSION],
      epoch,
      max_message_bytes: maxMessageBytes,
    };
  }

  function dispatch(request: RpcProxyRequest): unknown {
    checkUser(request.user);
    if (request.method === HELLO_METHOD) return hello(request);
    if (request.method === CANCEL_METHOD) return cancel(request);
    if (closing) throw RPCError.of("unavailable", "the gateway is stopping");
    if (request.method === PROBE_METHOD) return probe(request.data);
    if (isEnvelope(request.data)) return envelopeCall(request, request.data);
    return plainCall(request);
  }

  function acceptPublishedCall(request: PublishProxyRequest): void {
    checkUser(request.user);
    if (closing) throw RPCError.of("unavailable", "the gateway is stopping");
    const { method, reply_to, ...received } = readPublishedCall(request.data);
    if (reply_to !== undefined && reply_to !== userChannel(request.user)) {
      throw RPCError.of("permission_denied", "reply_to must be your own channel");
    }
    const call = start({ ...request, method }, received, options.calls);
    defer(call, request.user, received.correlation_id);
  }

  return {
    async rpc(request): Promise<RpcProxyResponse> {
      try {
        return { result: { data: await dispatch(request) } };
      } catch (error) {
        return { error: proxyError(error) };
      }
    },

    async publish(request): Promise<PublishProxyResponse> {
      if (request.channel !== REQUESTS_CHANNEL) {
        // Centrifugo's own code: for this channel the gateway stands in for Centrifugo.
        return { error: { code: 103, message: "permission denied" } };
      }
      try {
        acceptPublishedCall(request);
        return { result: { data: {}, skip_history: true } };
      } catch (error) {
        return { error: proxyError(error) };
      }
    },

    async close({ drainMs = 5000 } = {}) {
      closing = true;
      const ends = Promise.all([...running.values()].map((call) => call.reply));
      const timer = setTimeout(() => {
        for (const call of running.values()) {
          call.abort(RPCError.of("outcome_unknown", "the gateway stopped during the call"));
        }
      }, drainMs);
      await ends;
      clearTimeout(timer);
      // One delivery can start another.
      while (deliveries.size > 0) await Promise.all(deliveries);
    },
  };
}

type CallRequest = Omit<RpcProxyRequest, "data">;

function callKey(userId: string, correlationId: string): string {
  return `${userId} ${correlationId}`;
}

function envelope(correlationId: string, body: ReplyBody): ReplyEnvelope {
  return { $rpc: PROTOCOL_VERSION, correlation_id: correlationId, ...body };
}

function checkUser(userId: string): void {
  if (isUserId(userId)) return;
  throw RPCError.of(
    "unauthenticated",
    userId === ""
      ? "anonymous connections cannot call: connect with a token that has a sub"
      : "this user ID cannot be used: see docs/protocol.md, Identity",
  );
}

function proxyError(thrown: unknown): WireError & { temporary?: boolean } {
  const error = RPCError.from(thrown);
  return {
    code: error.code,
    message: error.message,
    ...(error.retryable ? { temporary: true } : {}),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
