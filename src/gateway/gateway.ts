import {
  ACK_METHOD,
  type AckReply,
  CALLS_METHOD,
  type CallsReply,
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
  type ProbeReply,
  type ProxyBackend,
  type PublishProxyRequest,
  type PublishProxyResponse,
  type ReplyEnvelope,
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
import { unreadError } from "./http/http-message.js";
import { isTooDeep } from "./http/json-body.js";
import type { AckStore } from "./publishing/ack-store.js";
import { Acknowledgements } from "./publishing/acknowledgements.js";
import type { CallStore } from "./calls/call-store.js";
import { createMemoryCallStore } from "./calls/memory-call-store.js";
import { ContractVerdicts } from "./contract-verdicts.js";
import {
  checkVersion,
  readAck,
  readCall,
  readCalls,
  readCancel,
  readProbe,
  readPublishedCall,
} from "./calls/read-envelope.js";
import { InlineWaits } from "./calls/inline-waits.js";
import { Quota } from "./calls/quota.js";
import { createMemoryAckStore } from "./publishing/memory-ack-store.js";
import { GatewayPublisher } from "./publishing/message-publisher.js";
import type { GatewayObserver } from "./observability/observer.js";
import type { Tracing } from "./observability/tracing.js";
import { combineObservers, type Observers } from "./observability/observers.js";
import type { Publisher } from "./centrifugo/broker-publisher.js";
import {
  replyEnvelope,
  RunningCalls,
  tooManyCalls,
  type CallRequest,
  type WatchedCall,
} from "./calls/running-calls.js";

/** How long a plain call may take: less than the SDKs' 5 s reply timeout. */
const PLAIN_CALL_TIMEOUT_MS = 4500;

/** Fewer than Centrifugo's 64 places for calls of a connection: a plain call cannot be pending. */
const MAX_PLAIN_CALLS = 48;

/** The default of `maxCalls`. */
const MAX_CALLS = 10_000;

/** The default of `maxCallsPerUser`: half of the calls that one handler service takes. */
const MAX_CALLS_PER_USER = 128;

/** Any user may send probes, so only a few wait at a time; each costs one timer. */
const MAX_WAITING_PROBES = 8;

/** The options of {@link createGateway}. */
export interface GatewayOptions {
  /** Runs the handlers. */
  router: Router;
  /** Publishes deferred replies and publications of applications: see `createCentrifugoApi`. */
  publisher: Publisher;
  /** A reply that takes longer goes to the user's channel, in milliseconds. Default 3000. */
  inlineTimeoutMs?: number;
  /** The broker's `websocket.message_size_limit`, in bytes. Default 65536, as Centrifugo's. */
  maxMessageBytes?: number;
  /**
   * How many calls run at the same time in this gateway; further ones wait, and users take turns. If
   * 20,000 wait, or their params have 64 MiB together, the next one fails with 503. Default 10,000.
   */
  maxCalls?: number;
  /**
   * How many calls of one user run at the same time in this gateway; further ones wait for their
   * turn. If 1,000 wait, or their params have 8 MiB together, or the next one would wait for half of
   * its time, it fails with 429. Default 128.
   */
  maxCallsPerUser?: number;
  /**
   * The calls that gateways behind one balancer share, so that a call that is sent again or cancelled
   * through another gateway is found. The caller closes it. Default: in memory, for a single gateway.
   */
  calls?: CallStore;
  /**
   * The acknowledgements that gateways behind one balancer share. The caller closes it. Default: in
   * memory, for a single gateway.
   */
  acks?: AckStore;
  /**
   * How long a publication waits for acknowledgements, and how long a call without a timeout of its
   * own may take, in seconds. Default 30.
   */
  ackTimeout?: number;
  /**
   * The contract of the methods, or a function that returns the current one (the same object until
   * it changes). Generated clients learn from it what has changed for them. Default: none.
   */
  contract?: Contract | (() => Contract | undefined);
  /** Wraps each call in a span: see `createTracing`. Default: none. */
  tracing?: Tracing | undefined;
  /** Listen to what the gateway does, for metrics and the call log. Default: none. */
  observers?: readonly GatewayObserver[];
  /** Default: no log. */
  log?: Logger;
}

/** Takes calls from Centrifugo, runs them and delivers their replies. */
export interface Gateway extends ProxyBackend {
  /** All observers as one, for what is in front of the gateway, such as its HTTP routes. */
  readonly observers: Observers;
  /** Publishes for applications, with or without waiting for acknowledgements. */
  readonly publisher: MessagePublisher;
  /** `ok` while calls should go here; `stopping` after {@link leave} or {@link close}. */
  health(): "ok" | "stopping";
  /** Whether each response should close its connection: the next one then goes elsewhere. */
  closesConnections(): boolean;
  /**
   * Reports from now on that it is stopping, so that balancers send calls elsewhere, and takes calls
   * for another `graceMs`. Connections stay open for most of it: until the balancers have noticed,
   * new ones would come back to this gateway.
   */
  leave(graceMs: number): Promise<void>;
  /**
   * Takes no more calls, waits up to `drainMs` (default 5000) for running calls and for
   * acknowledgements, and then ends the remaining calls: with `unavailable` if they have not run or
   * may run again, and otherwise with `outcome_unknown`.
   */
  close(options?: { drainMs?: number }): Promise<void>;
}

/** Makes a gateway. It opens nothing by itself: `startGatewayServer` and the handlers do. */
export function createGateway(options: GatewayOptions): Gateway {
  return new CentrifugoGateway(options);
}

/** The part of a grace period, at its end, in which connections close. */
const MOVING_TIME = 0.2;

/** Answers a method of the protocol; what it throws synchronously counts as a refused call. */
type ProtocolMethod = (request: RpcProxyRequest) => unknown;

class CentrifugoGateway implements Gateway {
  readonly observers: Observers;
  readonly publisher: GatewayPublisher;
  readonly #calls: RunningCalls;
  readonly #acknowledgements: Acknowledgements;
  readonly #contract: ContractVerdicts;
  readonly #inlineWaits = new InlineWaits();
  readonly #plainCalls = new Quota(MAX_PLAIN_CALLS);
  readonly #inlineTimeoutMs: number;
  readonly #maxMessageBytes: number;
  readonly #callTimeoutMs: number;
  readonly #store: CallStore;
  #waitingProbes = 0;
  #leaving = false;
  #closesConnections = false;
  #closing = false;

  readonly #protocolMethods = new Map<string, ProtocolMethod>([
    [HELLO_METHOD, (request) => this.#hello(request)],
    [CANCEL_METHOD, (request) => this.#cancel(request)],
    [CALLS_METHOD, (request) => this.#pendingCalls(request)],
    [ACK_METHOD, (request) => this.#acknowledge(request)],
    [CONTRACT_METHOD, (request) => this.#contract.reply(request.data)],
    [
      PROBE_METHOD,
      (request) => {
        this.#checkOpen();
        return this.#probe(request);
      },
    ],
  ]);

  constructor(options: GatewayOptions) {
    const { router, publisher, calls: store = createMemoryCallStore(), tracing } = options;
    const { ackTimeout = 30, log = silentLogger } = options;
    const { maxCalls = MAX_CALLS, maxCallsPerUser = MAX_CALLS_PER_USER } = options;
    const observers = combineObservers(options.observers ?? [], log);
    this.observers = observers;
    this.#store = store;
    this.#calls = new RunningCalls({
      router,
      publisher,
      store,
      tracing,
      observers,
      turns: { all: maxCalls, perUser: maxCallsPerUser },
      log,
    });
    this.#acknowledgements = new Acknowledgements({
      store: options.acks ?? createMemoryAckStore(),
      observers,
      log,
    });
    this.publisher = new GatewayPublisher({
      publisher,
      acknowledgements: this.#acknowledgements,
      ackTimeout,
      observers,
      log,
    });
    this.#contract = new ContractVerdicts(options.contract);
    this.#inlineTimeoutMs = options.inlineTimeoutMs ?? 3000;
    this.#maxMessageBytes = options.maxMessageBytes ?? 65_536;
    this.#callTimeoutMs = Math.ceil(ackTimeout * 1000);
  }

  health(): "ok" | "stopping" {
    return this.#leaving ? "stopping" : "ok";
  }

  closesConnections(): boolean {
    return this.#closesConnections;
  }

  async leave(graceMs: number): Promise<void> {
    this.#leaving = true;
    await pause(graceMs * (1 - MOVING_TIME));
    this.#closesConnections = true;
    await pause(graceMs * MOVING_TIME);
  }

  async rpc(request: RpcProxyRequest): Promise<RpcProxyResponse> {
    // The embedded broker's requests do not come as text.
    if (isTooDeep(request.data)) return { error: unreadError("too_deep") };
    let answer: unknown;
    try {
      answer = this.#dispatch(request);
    } catch (error) {
      return { error: this.#refuse(request, error) };
    }
    try {
      return { result: { data: await answer } };
    } catch (error) {
      return { error: proxyError(error) };
    }
  }

  async publish(request: PublishProxyRequest): Promise<PublishProxyResponse> {
    if (request.channel !== REQUESTS_CHANNEL) {
      // Centrifugo's own code: on this channel the gateway decides in its place.
      return { error: { code: 103, message: "permission denied" } };
    }
    if (isTooDeep(request.data)) return { error: unreadError("too_deep") };
    try {
      this.#publishedCall(request);
      return { result: { data: {}, skip_history: true } };
    } catch (error) {
      return { error: this.#refuse({ ...request, method: REQUESTS_CHANNEL }, error) };
    }
  }

  async close({ drainMs = 5000 }: { drainMs?: number } = {}): Promise<void> {
    this.#leaving = true;
    this.#closesConnections = true;
    this.#closing = true;
    await Promise.all([this.#calls.drain(drainMs), this.publisher.drain(drainMs)]);
    // What the last calls have published.
    await this.publisher.drain(0);
  }

  #dispatch(request: RpcProxyRequest): unknown {
    checkUser(request.user);
    const answer = this.#protocolMethods.get(request.method);
    if (answer) return answer(request);
    this.#checkOpen();
    return isEnvelope(request.data) ? this.#call(request, request.data) : this.#plainCall(request);
  }

  #call(request: RpcProxyRequest, data: { $rpc: unknown }): Promise<ReplyEnvelope> | ReplyEnvelope {
    const received = readCall(data, this.#callTimeoutMs);
    const id = received.correlation_id;
    try {
      return this.#inlineReply(request, id, this.#calls.start(request, received));
    } catch (error) {
      // In the form of a reply, which has details.
      this.#reportRefusal(request, error);
      return replyEnvelope(id, { error: RPCError.from(error).toWire() });
    }
  }

  /** The reply if it comes in time; else it goes to the user's channel. */
  async #inlineReply(
    { client, user }: CallRequest,
    id: string,
    call: WatchedCall,
  ): Promise<ReplyEnvelope> {
    if (call.deferredTo.has(id)) return replyEnvelope(id, { pending: true });
    const reply = await this.#inlineWaits.within(this.#inlineTimeoutMs, client, call.reply);
    if (reply) return replyEnvelope(id, reply);
    this.#calls.defer(call, user, id);
    return replyEnvelope(id, { pending: true });
  }

  /** A call of a client that does not speak the protocol (docs/protocol.md, section 7). */
  #plainCall(request: RpcProxyRequest): Promise<unknown> {
    const { client, data: params } = request;
    if (!this.#plainCalls.take(client)) {
      throw tooManyCalls(`this connection has ${MAX_PLAIN_CALLS} running plain calls`);
    }
    try {
      const timing = { timeout_ms: PLAIN_CALL_TIMEOUT_MS, attempt: 1 };
      const received = { correlation_id: uuidv7(), params, ...timing };
      return this.#calls.startAlone(request, received).reply.then((reply) => {
        this.#plainCalls.give(client);
        if ("error" in reply) throw RPCError.fromWire(reply.error);
        return "result" in reply ? reply.result : null;
      });
    } catch (error) {
      this.#plainCalls.give(client);
      throw error;
    }
  }

  /** A call in the pub/sub form (docs/protocol.md, section 8): its reply is always deferred. */
  #publishedCall(request: PublishProxyRequest): void {
    checkUser(request.user);
    this.#checkOpen();
    const { method, reply_to, ...received } = readPublishedCall(request.data, this.#callTimeoutMs);
    if (reply_to !== undefined && reply_to !== userChannel(request.user)) {
      throw RPCError.of("permission_denied", "reply_to must be your own channel");
    }
    const call = this.#calls.start({ ...request, method }, received);
    this.#calls.defer(call, request.user, received.correlation_id);
  }

  #hello(request: RpcProxyRequest): HelloReply {
    checkVersion(request.data);
    const contract = this.#contract.hash();
    return {
      $rpc: PROTOCOL_VERSION,
      versions: [PROTOCOL_VERSION],
      epoch: this.#store.epoch(),
      keeps_calls: true,
      max_message_bytes: this.#maxMessageBytes,
      ...(contract === undefined ? {} : { contract }),
    };
  }

  async #cancel({ user, data }: RpcProxyRequest): Promise<CancelReply> {
    const { correlation_id } = readCancel(data);
    return { $rpc: PROTOCOL_VERSION, cancelled: await this.#calls.cancel(user, correlation_id) };
  }

  async #pendingCalls({ user, data }: RpcProxyRequest): Promise<CallsReply> {
    const { correlation_ids } = readCalls(data);
    return { $rpc: PROTOCOL_VERSION, send_again: await this.#calls.ended(user, correlation_ids) };
  }

  async #acknowledge(request: RpcProxyRequest): Promise<AckReply> {
    const ack = readAck(request.data);
    return { $rpc: PROTOCOL_VERSION, accepted: await this.#acknowledgements.take(request, ack) };
  }

  /** Waits as long as asked for, but no longer than an inline reply may take. */
  async #probe({ data }: RpcProxyRequest): Promise<ProbeReply> {
    const ms = Math.min(readProbe(data).wait_ms, this.#inlineTimeoutMs);
    if (this.#waitingProbes === MAX_WAITING_PROBES) {
      throw RPCError.of("rate_limited", "too many probes at a time");
    }
    this.#waitingProbes++;
    await pause(ms);
    this.#waitingProbes--;
    return { $rpc: PROTOCOL_VERSION, waited_ms: ms };
  }

  #checkOpen(): void {
    if (this.#closing) throw RPCError.of("unavailable", "the gateway is stopping");
  }

  /** Reports a call that is refused before it begins. */
  #refuse(request: CallRequest, error: unknown): WireError {
    this.#reportRefusal(request, error);
    return proxyError(error);
  }

  #reportRefusal({ user, method }: CallRequest, error: unknown): void {
    this.observers.callRefused({ method, userId: user, code: RPCError.from(error).code });
  }
}

async function pause(ms: number): Promise<void> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}

function checkUser(userId: string): void {
  if (isUserId(userId)) return;
  throw RPCError.of(
    "unauthenticated",
    userId === ""
      ? "anonymous connections cannot call: connect with a token that has a sub"
      : "the user ID is not valid: see docs/protocol.md, Identity",
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
