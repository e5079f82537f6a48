import {
  connectRedisAckStore,
  connectRedisCallStore,
  createCentrifugoApi,
  createGateway,
  MESSAGE_SIZE_LIMIT,
  startGatewayServer,
} from "../../gateway/index.js";
import { bindPublisher, createRouter } from "../../handlers/index.js";
import { loadProjectConfig, readEnvironmentFile } from "../../config/index.js";
import { openCallLogOf } from "../call-log.js";
import { runs } from "../enabled.js";
import { connectServices, serviceUrls } from "../project/service-connections.js";
import { contractForClients, findHandlersFile, loadHandlers } from "../project/handlers-file.js";
import { createLogger } from "../output/logger.js";
import { createObservability } from "../observability.js";
import { warnOfWeakSecrets } from "../project/weak-secrets.js";
import { logStrayRejections } from "../stray-rejections.js";
import { untilStopped } from "../until-stopped.js";
import { wrapperOptions } from "../wrapper-options.js";

export interface ServeOptions {
  host: string;
  port: number;
  redis?: string;
  service: string[];
}

/** `serve`: the gateway with its handlers and handler services, beside a real Centrifugo. */
export async function serve(
  handlersFile: string | undefined,
  options: ServeOptions,
): Promise<void> {
  const config = await loadProjectConfig();
  if (!runs(config, "nothing is served")) return;
  const log = createLogger(config);
  logStrayRejections(log);
  warnOfWeakSecrets(config, log);
  const urls = serviceUrls(config, options.service);
  const { registry, middleware } = await loadHandlers(findHandlersFile(handlersFile, urls), {
    services: urls,
  });
  const services = await connectServices({
    urls,
    secret: config.handlerServiceSecret,
    handlers: registry,
    log,
  });
  contractForClients(services, log);
  const redis = options.redis ?? readEnvironmentFile()["REDIS_URL"];
  const calls = redis && (await connectRedisCallStore({ url: redis, log }));
  const acks = redis && (await connectRedisAckStore({ url: redis, log }));
  const callLog = openCallLogOf(config, services, log);
  const handlerServices = urls.length > 0 && { handlerServices: () => services.states() };
  const { observers, metrics } = await createObservability(log, {
    ...(callLog && { callLog: callLog.status }),
    ...handlerServices,
  });
  const centrifugo = createCentrifugoApi({
    url: config.centrifugoApiUrl,
    apiKey: config.centrifugoApiKey,
  });
  const gateway = createGateway({
    router: createRouter(services, { middleware }),
    publisher: centrifugo,
    maxMessageBytes: MESSAGE_SIZE_LIMIT,
    ackTimeout: config.ackTimeout,
    contract: () => contractForClients(services, log),
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
      contract: () => services.contract(),
      metrics,
      ...handlerServices,
      ...(callLog ? { callLog } : {}),
    }),
    host: options.host,
    port: options.port,
    log,
  });
  log.info({ url: server.url, methods: services.list().map(({ name }) => name) }, "gateway ready");
  await untilStopped();
  // The gateway first: calls that end meanwhile still need their services.
  await server.close();
  await services.close();
  await callLog?.close();
  for (const store of [calls, acks]) if (store) await store.close();
}
