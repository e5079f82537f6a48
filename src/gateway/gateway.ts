import {
  ACK_METHOD,
  type AckReply,
  CANCEL_METHOD,
  type CancelReply,
  type Contract,
  CONTRACT_METHOD,
  HELLO_METHOD,
  type HelloReply,
  isEnvelope,
  isUserId,
  PROBE_METHOD,
  PROTOCOL_VERSION,
  type ProxyBackend,
  type PublishProxyRequest,
  type PublishProxyResponse,
  REQUESTS_CHANNEL,
  RPCError,
  type RpcProxyRequest,
  type RpcProxyResponse,
  userChannel,
  uuidv7,
  type WireError,
} from "../protocol/index.js";
import type { Logger, MessagePublisher, Router } from "../handlers/index.js";
import { silentLogger } from "../handlers/index.js";
import type { AckStore } from "./publishing/ack-store.js";
import { Acknowledgements } from "./publishing/acknowledgements.js";
import type { CallStore } from "./calls/call-store.js";
import { createContractCheck } from "./contract-verdicts.js";
import {
  checkVersion,
  readAck,
  readCall,
  readCancel,
  readPublishedCall,
} from "./calls/read-envelope.js";
import { createMemoryAckStore } from "./publishing/memory-ack-store.js";
import { GatewayPublisher } from "./publishing/message-publisher.js";
import type { GatewayObserver } from "./observability/observer.js";
import { combineObservers, type Observers } from "./observability/observers.js";
import { createProbe } from "./probe.js";
import type { Publisher } from "./centrifugo/broker-publisher.js";
import { replyWithin } from "./calls/running-call.js";
import {
  replyEnvelope,
  RunningCalls,
  type CallRequest,
  type WatchedCall,
} from "./calls/running-calls.js";

/** How long a plain call may take: less than the SDKs' 5 s reply timeout. */
const PLAIN_CALL_TIMEOUT_MS = 4500;

/** The options of {@link createGateway}. */
export interface GatewayOptions {
  /** Runs the handlers. */
  router: Router;
  /** Publishes deferred replies, and what applications publish: `createCentrifugoApi` makes one. */
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
  /**
   * The acknowledgements that gateways behind one balancer share. Whoever opened it closes it.
   * Default: in memory, for a single gateway.
   */
  acks?: AckStore;
  /**
   * How long a publication waits for acknowledgements, and a call may take that does not say how
   * long, in seconds. Default 30.
   */
  ackTimeout?: number;
  /**
   * The contract of the methods, or what gives it as it is now (the same object while it is the
   * same): so generated clients learn what has changed for them. Default: they are not told.
   */
  contract?: Contract | (() => Contract | undefined);
  /** Who looks on: metrics, traces, the call log. Default: nobody. */
  observers?: readonly GatewayObserver[];
  /** Default: no log. */
  log?: Logger;
}

/** Stands between Centrifugo and the handlers: takes calls, runs them and sees to their replies. */
export interface Gateway extends ProxyBackend {
  /** Its observers as one: for what stands before it, as its HTTP routes and a publisher do. */
  readonly observers: Observers;
  /** Publishes for applications, with or without waiting until clients have acknowledged. */
  readonly publisher: MessagePublisher;
  /** Whether it takes calls: not after {@link close}. */
  health(): "ok" | "stopping";
  /**
   * Takes no more calls, waits for the running ones up to `drainMs` (default 5000), and ends those
   * that are left with `outcome_unknown`: their handlers may have run in part. For as long it
   * waits for acknowledgements.
   */
  close(options?: { drainMs?: number }): Promise<void>;
}

/** Makes a gateway. It opens nothing by itself: see `startGatewayServer` and the handlers. */
export function createGateway(options: GatewayOptions): Gateway {
  const { router, publisher, inlineTimeoutMs = 3000, maxMessageBytes = 65_536 } = options;
  const { log = silentLogger, calls: store, ackTimeout = 30 } = options;
  const observers = combineObservers(options.observers ?? [], log);
  const calls = new RunningCalls({ router, publisher, store, observers, log });
  const acknowledgements = new Acknowledgements({
    store: options.acks ?? createMemoryAckStore(),
    observers,
    log,
  });
  const messages = new GatewayPublisher({
    publisher,
    acknowledgements,
    ackTimeout,
    observers,
    log,
  });
  const contractCheck = createContractCheck(options.contract);
  const probe = createProbe(inlineTimeoutMs);
  const epoch = uuidv7();
  let closing = false;

  function envelopeCall(request: RpcProxyRequest, data: { $rpc: unknown }) {
    const received = readCall(data, ackTimeout * 1000);
    return answer(request.user, received.correlation_id, calls.start(request, received));
  }

  async function answer(user: string, id: string, call: WatchedCall) {
    const reply = await replyWithin(call, inlineTimeoutMs);
    if (reply) return replyEnvelope(id, reply);
    calls.defer(call, user, id);
    return replyEnvelope(id, { pending: true });
  }

  async function plainCall(request: RpcProxyRequest): Promise<unknown> {
    const call = calls.startAlone(request, {
      correlation_id: uuidv7(),
      params: request.data,
      timeout_ms: PLAIN_CALL_TIMEOUT_MS,
      attempt: 1,
    });
    const reply = await call.reply;
    if ("error" in reply) throw RPCError.fromWire(reply.error);
    return "result" in reply ? reply.result : null;
  }

  async function cancel({ user, data }: RpcProxyRequest): Promise<CancelReply> {
    const { correlation_id } = readCancel(data);
    return { $rpc: PROTOCOL_VERSION, cancelled: await calls.cancel(user, correlation_id) };
  }

  async function acknowledge(request: RpcProxyRequest): Promise<AckReply> {
    const ack = readAck(request.data);
    return { $rpc: PROTOCOL_VERSION, accepted: await acknowledgements.take(request, ack) };
  }

  function hello(request: RpcProxyRequest): HelloReply {
    checkVersion(request.data);
    const contract = contractCheck.hash();
    return {
      $rpc: PROTOCOL_VERSION,
      versions: [PROTOCOL_VERSION],
      epoch,
      max_message_bytes: maxMessageBytes,
      ...(contract === undefined ? {} : { contract }),
    };
  }

  function dispatch(request: RpcProxyRequest): unknown {
    checkUser(request.user);
    if (request.method === HELLO_METHOD) return hello(request);
    if (request.method === CANCEL_METHOD) return cancel(request);
    if (request.method === ACK_METHOD) return acknowledge(request);
    if (request.method === CONTRACT_METHOD) return contractCheck.reply(request.data);
    if (closing) throw RPCError.of("unavailable", "the gateway is stopping");
    if (request.method === PROBE_METHOD) return probe(request.data);
    if (isEnvelope(request.data)) return envelopeCall(request, request.data);
    return plainCall(request);
  }

  function acceptPublishedCall(request: PublishProxyRequest): void {
    checkUser(request.user);
    if (closing) throw RPCError.of("unavailable", "the gateway is stopping");
    const { method, reply_to, ...received } = readPublishedCall(request.data, ackTimeout * 1000);
    if (reply_to !== undefined && reply_to !== userChannel(request.user)) {
      throw RPCError.of("permission_denied", "reply_to must be your own channel");
    }
    const call = calls.start({ ...request, method }, received);
    calls.defer(call, request.user, received.correlation_id);
  }

  /** Tells the observers of a call that `begin` refuses before it has begun. */
  function accepted<T>({ user, method }: CallRequest, begin: () => T): T {
    try {
      return begin();
    } catch (error) {
      observers.callRefused({ method, userId: user, code: RPCError.from(error).code });
      throw error;
    }
  }

  return {
    observers,
    publisher: messages,

    health: () => (closing ? "stopping" : "ok"),

    async rpc(request): Promise<RpcProxyResponse> {
      try {
        return { result: { data: await accepted(request, () => dispatch(request)) } };
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
        accepted({ ...request, method: REQUESTS_CHANNEL }, () => acceptPublishedCall(request));
        return { result: { data: {}, skip_history: true } };
      } catch (error) {
        return { error: proxyError(error) };
      }
    },

    async close({ drainMs = 5000 } = {}) {
      closing = true;
      await Promise.all([calls.drain(drainMs), messages.drain(drainMs)]);
      // What the last calls have published.
      await messages.drain(0);
    },
  };
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
