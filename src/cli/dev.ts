import { startBroker } from "../broker/index.js";
import {
  centrifugoConfig,
  createBrokerApi,
  createGateway,
  createToken,
  MESSAGE_SIZE_LIMIT,
  startGatewayServer,
} from "../gateway/index.js";
import {
  bindPublisher,
  createRouter,
  loadProjectConfig,
  type CentrifugoConfig,
  type Router,
} from "../server/index.js";
import { openCallLogOf } from "./call-log.js";
import { describeError } from "./describe-error.js";
import { devSecrets, writeDevState } from "./dev-state.js";
import { runs } from "./enabled.js";
import {
  contractForClients,
  findHandlersFile,
  loadHandlers,
  type LoadedHandlers,
} from "./handlers-file.js";
import { createLogger } from "./logger.js";
import { createObservability } from "./observability.js";
import { logStrayRejections } from "./stray-rejections.js";
import { untilStopped } from "./until-stopped.js";
import { FileWatcher } from "./watch-files.js";
import { wrapperOptions } from "./wrapper-options.js";

const TOKEN_SECONDS = 24 * 60 * 60;

export interface DevOptions {
  host: string;
  port: number;
  gatewayPort: number;
  user: string;
}

/** `dev`: embedded broker, gateway and handlers in one process, with reload on change. */
export async function dev(handlersFile: string | undefined, options: DevOptions): Promise<void> {
  const config = await devConfig();
  if (!runs(config, "nothing is started")) return;
  const path = findHandlersFile(handlersFile);
  const log = createLogger(config);
  logStrayRejections(log);
  let handlers = await loadHandlers(path);
  let router = routerOf(handlers);
  contractForClients(handlers, log);

  const secrets = {
    apiKey: config.centrifugoApiKey,
    tokenHmacSecret: config.centrifugoTokenHmacSecret,
    proxySecret: config.proxySecret,
  };
  // The methods of the moment, too.
  const methods = { get: (name: string) => handlers.registry.get(name) };
  const callLog = openCallLogOf(config, methods, log);
  const { observers, metrics } = await createObservability(log, callLog?.status);
  const brokerApi = createBrokerApi({ api: (method, params) => broker.api(method, params) });
  const gateway = createGateway({
    // The router of the moment: a reload puts another in its place.
    router: {
      has: (method) => router.has(method),
      call: (conn, params) => router.call(conn, params),
    },
    publisher: brokerApi,
    maxMessageBytes: MESSAGE_SIZE_LIMIT,
    ackTimeout: config.ackTimeout,
    contract: () => contractForClients(handlers, log),
    observers: [...observers, ...(callLog ? [callLog.recorder] : [])],
    log,
  });
  const gatewayServer = await startGatewayServer({
    gateway,
    proxySecret: secrets.proxySecret,
    wrapper: wrapperOptions(config, {
      broker: brokerApi,
      contract: () => handlers.contract(),
      metrics,
      ...(callLog ? { callLog } : {}),
    }),
    host: options.host,
    port: options.gatewayPort,
    log,
  });
  const broker = await startBroker({
    config: centrifugoConfig({
      ...secrets,
      gatewayUrl: gatewayServer.url,
      // Any page may connect to this machine's own broker: what counts is the token.
      allowedOrigins: ["*"],
    }),
    backend: gateway,
    host: options.host,
    port: options.port,
    log,
  });
  bindPublisher(gateway.publisher);
  writeDevState({
    ...secrets,
    wrapperApiKey: config.wrapperApiKey,
    url: broker.url,
    apiUrl: broker.apiUrl,
    gatewayUrl: gatewayServer.url,
  });

  const token = await createToken({
    secret: secrets.tokenHmacSecret,
    userId: options.user,
    expiresIn: TOKEN_SECONDS,
  });
  print(`WebSocket  ${broker.url}`);
  print(`HTTP API   ${broker.apiUrl}`);
  print(`Gateway    ${gatewayServer.url}`);
  print(`Methods    ${methodNames(handlers)}`);
  print(`Token      ${token}`);
  print(`           (user "${options.user}", valid for 24 hours)`);

  const stopWatching = keepLoaded(path, handlers, (reloaded) => {
    handlers = reloaded;
    router = routerOf(handlers);
    contractForClients(handlers, log);
    print(`Reloaded   ${methodNames(handlers)}`);
  });
  if (config.centrifugoUrl !== NOT_SET && config.centrifugoUrl !== broker.url) {
    print(
      `Note       CENTRIFUGO_URL is set: call and doctor go to ${config.centrifugoUrl}, and not here`,
    );
  }
  print("Ready. Handlers reload when their files change; Ctrl-C stops.");

  await untilStopped();
  stopWatching();
  // The gateway first: the replies of calls that end meanwhile still need the broker.
  await gatewayServer.close();
  await broker.close();
  await callLog?.close();
}

/** Stands for an address that is not configured: `dev` has its own. */
const NOT_SET = "ws://not-set";

/** The configuration of the project. `dev` needs none: what is missing it makes up. */
async function devConfig(): Promise<CentrifugoConfig> {
  return await loadProjectConfig({
    fallback: {
      ...devSecrets(),
      logLevel: "WARNING",
      centrifugoUrl: NOT_SET,
      centrifugoApiUrl: "http://not-set",
      wrapperUrl: "http://not-set",
    },
  });
}

/** Loads the handlers again after each change. A file that fails leaves the last good ones. */
function keepLoaded(
  path: string,
  first: LoadedHandlers,
  onReload: (handlers: LoadedHandlers) => void,
): () => void {
  let files = new Set([path, ...first.files]);
  let stopped = false;
  // One after the other: two loads at a time would register to the same place.
  let reloads = Promise.resolve();
  const watcher = new FileWatcher(() => {
    reloads = reloads.then(reload);
  });
  watcher.watch(files);

  async function reload(): Promise<void> {
    if (stopped) return;
    try {
      // What a file imports that fails to load is watched as well.
      const handlers = await loadHandlers(path, (file) => files.add(file));
      files = new Set([path, ...handlers.files]);
      onReload(handlers);
    } catch (error) {
      process.stderr.write(
        `Reload failed, the handlers stay as they were: ${describeError(error)}\n`,
      );
    }
    if (!stopped) watcher.watch(files);
  }
  return () => {
    stopped = true;
    watcher.close();
  };
}

function routerOf({ registry, middleware }: LoadedHandlers): Router {
  return createRouter(registry, { middleware });
}

function methodNames({ registry }: LoadedHandlers): string {
  return registry
    .list()
    .map((method) => method.name)
    .join(", ");
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
