import { pino } from "pino";
import {
  connectRedisCallStore,
  createCentrifugoApi,
  createGateway,
  MESSAGE_SIZE_LIMIT,
  startGatewayServer,
} from "../gateway/index.js";
import { createRouter, loadConfig } from "../server/index.js";
import { CliError } from "./cli-error.js";
import { findHandlersFile, loadHandlers } from "./handlers-file.js";
import { PINO_LEVELS } from "./log-level.js";
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
  const config = loadConfig();
  if (!config.enabled) throw new CliError("CENTRIFUGO_ENABLED is false: there is nothing to serve");
  const log = pino({ level: PINO_LEVELS[config.logLevel] });
  const { registry, middleware } = await loadHandlers(findHandlersFile(handlersFile));
  const calls = options.redis && (await connectRedisCallStore({ url: options.redis, log }));
  const gateway = createGateway({
    router: createRouter(registry, { middleware }),
    publisher: createCentrifugoApi({
      url: config.centrifugoApiUrl,
      apiKey: config.centrifugoApiKey,
    }),
    maxMessageBytes: MESSAGE_SIZE_LIMIT,
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
