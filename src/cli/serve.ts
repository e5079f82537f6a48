import {
  connectRedisAckStore,
  connectRedisCallStore,
  createCentrifugoApi,
  createGateway,
  MESSAGE_SIZE_LIMIT,
  startGatewayServer,
} from "../gateway/index.js";
import {
  bindPublisher,
  createRouter,
  loadProjectConfig,
  readEnvironmentFile,
} from "../server/index.js";
import { openCallLogOf } from "./call-log.js";
import { runs } from "./enabled.js";
import { contractForClients, findHandlersFile, loadHandlers } from "./handlers-file.js";
import { createLogger } from "./logger.js";
import { createObservability } from "./observability.js";
import { warnOfWeakSecrets } from "./weak-secrets.js";
import { logStrayRejections } from "./stray-rejections.js";
import { untilStopped } from "./until-stopped.js";
import { wrapperOptions } from "./wrapper-options.js";

export interface ServeOptions {
  host: string;
  port: number;
  redis?: string;
}

/** `serve`: the gateway with its handlers, beside a real Centrifugo. */
export async function serve(
  handlersFile: string | undefined,
  options: ServeOptions,
): Promise<void> {
  const config = await loadProjectConfig();
  if (!runs(config, "nothing is served")) return;
  const log = createLogger(config);
  logStrayRejections(log);
  warnOfWeakSecrets(config, log);
  const handlers = await loadHandlers(findHandlersFile(handlersFile));
  const { registry, middleware } = handlers;
  contractForClients(handlers, log);
  const redis = options.redis ?? readEnvironmentFile()["REDIS_URL"];
  const calls = redis && (await connectRedisCallStore({ url: redis, log }));
  const acks = redis && (await connectRedisAckStore({ url: redis, log }));
  const callLog = openCallLogOf(config, registry, log);
  const { observers, metrics } = await createObservability(log, callLog?.status);
  const centrifugo = createCentrifugoApi({
    url: config.centrifugoApiUrl,
    apiKey: config.centrifugoApiKey,
  });
  const gateway = createGateway({
    router: createRouter(registry, { middleware }),
    publisher: centrifugo,
    maxMessageBytes: MESSAGE_SIZE_LIMIT,
    ackTimeout: config.ackTimeout,
    contract: () => contractForClients(handlers, log),
    observers: [...observers, ...(callLog ? [callLog.recorder] : [])],
    log,
    ...(calls ? { calls } : {}),
    ...(acks ? { acks } : {}),
  });
  bindPublisher(gateway.publisher);
  const server = await startGatewayServer({
    gateway,
    proxySecret: config.proxySecret,
    wrapper: wrapperOptions(config, {
      broker: centrifugo,
      contract: () => handlers.contract(),
      metrics,
      ...(callLog ? { callLog } : {}),
    }),
    host: options.host,
    port: options.port,
    log,
  });
  log.info({ url: server.url, methods: registry.list().map(({ name }) => name) }, "gateway ready");
  await untilStopped();
  await server.close();
  await callLog?.close();
  for (const store of [calls, acks]) if (store) await store.close();
}
