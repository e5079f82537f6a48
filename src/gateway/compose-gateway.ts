import { type CallLog, openCallLog } from "../call-log/index.js";
import type { CentrifugoConfig } from "../config/index.js";
import {
  bindPublisher,
  createRouter,
  defaultRegistry,
  type Logger,
  type MessagePublisher,
  methodsThatRecurseAmbiguously,
  type Middleware,
  type Registry,
} from "../handlers/index.js";
import { ArgumentError, type Contract } from "../protocol/index.js";
import { connectRedisCallStore } from "./calls/redis-call-store.js";
import type { BrokerApi } from "./centrifugo/broker-api.js";
import { MESSAGE_SIZE_LIMIT } from "./centrifugo/generated-config.js";
import { createCentrifugoApi } from "./centrifugo/http-client.js";
import { createGateway, type Gateway } from "./gateway.js";
import { type FetchHandler, fetchHandler } from "./http/fetch-handler.js";
import { type CloseOptions, listen, type ListenOptions } from "./http/gateway-server.js";
import { createHttpHandler } from "./http-handler.js";
import { type NodeHandler, nodeHandler } from "./http/node-handler.js";
import { createCallLines } from "./observability/call-lines.js";
import { createCallRecorder } from "./observability/call-recorder.js";
import { createLogger } from "./observability/json-logger.js";
import { createMetrics, type Metrics } from "./observability/metrics.js";
import type { GatewayObserver } from "./observability/observer.js";
import { createTracing } from "./observability/tracing.js";
import { connectRedisAckStore } from "./publishing/redis-ack-store.js";
import { type Readiness, readinessOf } from "./readiness.js";
import {
  connectHandlerServices,
  type HandlerServices,
  type HandlerServicesOptions,
} from "./services/handler-services.js";

/** The options of {@link composeGateway}. */
export interface ComposeGatewayOptions {
  /** URLs, secrets and switches: `loadConfig()` or `await loadProjectConfig()`. */
  config: CentrifugoConfig;
  /**
   * The gateway's own methods, all of which must be registered before. Default: the default
   * registry, to which `websocketRpc` registers.
   */
  handlers?: Registry;
  /** Runs around every handler; the first of the list is the outermost. Default: none. */
  middleware?: readonly Middleware[];
  /**
   * The broker that publications and deferred replies go to; `createBrokerApi(broker)` for an
   * embedded one. Default: Centrifugo's HTTP API at `config.centrifugoApiUrl`.
   */
  broker?: BrokerApi;
  /** The handler services. Default: `config.handlerServices`, each polled every 5 seconds. */
  services?: Partial<Pick<HandlerServicesOptions, "urls" | "pollMs" | "onChange">>;
  /**
   * The URL of the Redis 6.2 or newer through which gateways behind one balancer share running calls
   * and acknowledgements, as in `redis://localhost:6379`. It needs the package `@redis/client`.
   * Default: none, for a single gateway.
   */
  redis?: string | undefined;
  /** More observers, besides log lines, metrics and call log. Default: none. */
  observers?: readonly GatewayObserver[];
  /** The path in front of all routes, as in `/realtime`. Default: none. */
  basePath?: string;
  /** Default: JSON lines on the standard output, from `config.logLevel` on. */
  log?: Logger;
}

/** What {@link composeGateway} wires, for the server that it is part of. */
export interface ComposedGateway {
  /** Answers all routes: those for Centrifugo's proxies, the HTTP API, `/health` and `/metrics`. */
  readonly nodeHandler: NodeHandler;
  /** The same for Web-standard requests, as Hono and Next.js have them. */
  readonly fetchHandler: FetchHandler;
  /** Takes the calls. It is the `backend` of an embedded broker. */
  readonly gateway: Gateway;
  /** Publishes; it is also what handlers import as `publisher`. */
  readonly publisher: MessagePublisher;
  /** All methods, and the states of the handler services. */
  readonly methods: Pick<HandlerServices, "get" | "list" | "states">;
  /** The figures that `GET /metrics` serves. */
  readonly metrics: Metrics;
  /**
   * The contract of all methods; the same object until they change.
   *
   * @throws ArgumentError when the schemas of a method cannot be expressed in a contract.
   */
  contract(): Contract;
  /** Whether the gateway can do its work, as `GET /ready` answers. It never rejects. */
  ready(): Promise<Readiness>;
  /** Replaces the gateway's own methods and the middleware of all. Calls that run go on. */
  replaceHandlers(handlers: Registry, middleware?: readonly Middleware[]): void;
  /** Serves all routes on a port of its own, until {@link close}. */
  listen(options?: ListenOptions): Promise<{ readonly url: string }>;
  /**
   * Takes calls for another `graceMs` (default 0) while `/ready` and `/health` answer 503, waits up
   * to 5 seconds for those that run, and closes all that it has opened. May be called again.
   */
  close(options?: CloseOptions): Promise<void>;
}

/**
 * Wires a whole gateway from the configuration: router, handler services, call log, log lines,
 * metrics, traces, publisher, HTTP API and contract. `centrifugo-rpc dev` and `serve` run the same.
 * The pieces are exported too, for a gateway that is wired in another way: see `createGateway`.
 *
 * @example
 * ```ts
 * import { loadConfig } from "centrifugo-rpc";
 * import { composeGateway } from "centrifugo-rpc/gateway";
 * import "./handlers.js";
 *
 * const gateway = await composeGateway({ config: loadConfig(), basePath: "/realtime" });
 * app.all("/realtime/*", (context) => gateway.fetchHandler(context.req.raw)); // Hono
 * ```
 *
 * @throws ArgumentError for a secret or a URL that cannot be used, and for a method that is in two
 * places; StoreError when Redis cannot be used; CallLogError when the call log's package is missing.
 */
export async function composeGateway(options: ComposeGatewayOptions): Promise<ComposedGateway> {
  if (!options.config.enabled) {
    throw new ArgumentError("config.enabled is false: compose a gateway only when it is true");
  }
  const opened = new Opened();
  try {
    return await compose(options, opened);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function compose(options: ComposeGatewayOptions, opened: Opened): Promise<ComposedGateway> {
  const { config, basePath, redis, log = createLogger(config) } = options;
  const methods = opened.add(
    await connectHandlerServices({
      urls: config.handlerServices,
      ...options.services,
      secret: config.handlerServiceSecret,
      handlers: options.handlers ?? defaultRegistry(),
      log,
    }),
  );
  const contractForClients = reportingContract(methods, log);
  contractForClients();
  warnOfSlowParams(methods, log);
  const calls = redis ? opened.add(await connectRedisCallStore({ url: redis, log })) : undefined;
  const acks = redis ? opened.add(await connectRedisAckStore({ url: redis, log })) : undefined;
  const callLog = openCallLogOf(config, log);
  if (callLog) opened.add(callLog);

  const handlerServices = methods.states().length > 0 && {
    handlerServices: () => methods.states(),
  };
  const metrics = createMetrics({
    ...(callLog && { callLog: () => callLog.status() }),
    ...handlerServices,
  });
  const { logOnlyWithAck: onlyWithAck } = config;
  const broker = options.broker ?? centrifugoOf(config);
  const { logRedactFields: redactFields } = config;
  let router = createRouter(methods, { ...options, redactFields });
  const gateway = createGateway({
    // The router of the moment: `replaceHandlers` replaces it.
    router: {
      has: (method) => router.has(method),
      isIdempotent: (method) => router.isIdempotent(method),
      keepsCalls: (method) => router.keepsCalls?.(method) === true,
      call: (conn, params) => router.call(conn, params),
    },
    publisher: broker,
    maxMessageBytes: MESSAGE_SIZE_LIMIT,
    ackTimeout: config.ackTimeout,
    maxCalls: config.maxCalls,
    maxCallsPerUser: config.maxCallsPerUser,
    contract: contractForClients,
    tracing: await createTracing(),
    observers: [
      metrics.observer,
      createCallLines(log),
      ...(callLog ? [createCallRecorder({ callLog, methods, onlyWithAck })] : []),
      ...(options.observers ?? []),
    ],
    log,
    ...(calls && { calls }),
    ...(acks && { acks }),
  });
  // Handlers publish until the gateway has closed.
  opened.onClose(bindPublisher(gateway.publisher));
  opened.add(gateway);
  const sources = { broker, ...handlerServices, ...(callLog && { callLog }) };
  const handle = createHttpHandler({
    gateway,
    proxySecret: config.proxySecret,
    httpApi: {
      apiKey: config.wrapperApiKey,
      previousApiKey: config.wrapperApiKeyPrevious,
      tokenHmacSecret: config.centrifugoTokenHmacSecret,
      metricsPublic: config.metricsPublic,
      contract: () => methods.contract(),
      metrics,
      ...sources,
    },
    ...(basePath !== undefined && { basePath }),
    log,
  });
  const nodeHandle = nodeHandler(handle);
  return {
    nodeHandler: nodeHandle,
    fetchHandler: fetchHandler(handle),
    gateway,
    publisher: gateway.publisher,
    methods,
    metrics,
    contract: () => methods.contract(),
    ready: readinessOf(gateway, sources),
    replaceHandlers(handlers, middleware = []) {
      methods.replaceHandlers(handlers);
      router = createRouter(methods, { middleware, redactFields });
      contractForClients();
      warnOfSlowParams(methods, log);
    },
    listen: async (where = {}) => opened.add(await listen(gateway, nodeHandle, where)),
    async close({ graceMs = 0 } = {}) {
      await gateway.leave(graceMs);
      await opened.close();
    },
  };
}

/** What is to be closed, the newest first: calls that end meanwhile still need what is older. */
class Opened {
  readonly #closers: (() => unknown)[] = [];
  #closing: Promise<void> | undefined;

  add<T extends { close(): Promise<void> }>(resource: T): T {
    this.onClose(() => resource.close());
    return resource;
  }

  onClose(close: () => unknown): void {
    this.#closers.push(close);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#closeAll());
  }

  async #closeAll(): Promise<void> {
    for (const close of this.#closers.toReversed()) await close();
  }
}

function warnOfSlowParams(methods: HandlerServices, log: Logger): void {
  const slow = methodsThatRecurseAmbiguously(methods);
  if (slow.length === 0) return;
  const message =
    "params of these methods take exponential time to validate, so they may have 8 levels at most: " +
    "use z.discriminatedUnion, or Zod 4.5 or newer";
  log.warn({ methods: slow }, message);
}

/** `undefined` when the configuration asks for no call log. */
function openCallLogOf(config: CentrifugoConfig, log: Logger): CallLog | undefined {
  if (!config.logAllCalls && !config.logOnlyWithAck) return undefined;
  return openCallLog({
    url: config.logDatabaseUrl,
    retentionDays: config.logRetentionDays,
    redactFields: config.logRedactFields,
    log,
  });
}

function centrifugoOf({ centrifugoApiUrl: url, centrifugoApiKey: apiKey }: CentrifugoConfig) {
  return createCentrifugoApi({ url, apiKey });
}

/**
 * The contract for clients, which are served without one as well: why there is none is logged, once
 * for each set of methods.
 */
function reportingContract(methods: HandlerServices, log: Logger): () => Contract | undefined {
  let reported: unknown;
  return () => {
    try {
      return methods.contract();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      if (error !== reported) {
        log.warn({ reason: error.message }, "no contract: clients cannot detect changed methods");
      }
      reported = error;
      return undefined;
    }
  };
}
