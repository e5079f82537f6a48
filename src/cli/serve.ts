import {
  connectRedisCallStore,
  createCentrifugoApi,
  createGateway,
  MESSAGE_SIZE_LIMIT,
  startGatewayServer,
} from "../gateway/index.js";
import { createRouter, loadProjectConfig, readEnvironmentFile } from "../server/index.js";
import { runs } from "./enabled.js";
import { findHandlersFile, loadHandlers } from "./handlers-file.js";
import { createLogger } from "./logger.js";
import { createObservability } from "./observability.js";
import { untilStopped } from "./until-stopped.js";

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
  const { registry, middleware } = await loadHandlers(findHandlersFile(handlersFile));
  const redis = options.redis ?? readEnvironmentFile()["REDIS_URL"];
  const calls = redis && (await connectRedisCallStore({ url: redis, log }));
  const { observers } = await createObservability(log);
  const gateway = createGateway({
    router: createRouter(registry, { middleware }),
    publisher: createCentrifugoApi({
      url: config.centrifugoApiUrl,
      apiKey: config.centrifugoApiKey,
    }),
    maxMessageBytes: MESSAGE_SIZE_LIMIT,
    observers,
    log,
    ...(calls ? { calls } : {}),
  });
  const server = await startGatewayServer({
    gateway,
    proxySecret: config.proxySecret,
    host: options.host,
    port: options.port,
    log,
  });
  log.info({ url: server.url, methods: registry.list().map(({ name }) => name) }, "gateway ready");
  await untilStopped();
  await server.close();
  if (calls) await calls.close();
}
