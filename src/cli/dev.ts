import { pino } from "pino";
import { startBroker } from "../broker/index.js";
import {
  centrifugoConfig,
  createGateway,
  createToken,
  MESSAGE_SIZE_LIMIT,
  startGatewayServer,
} from "../gateway/index.js";
import { createRouter, type Router } from "../server/index.js";
import { describeError } from "./describe-error.js";
import { devSecrets, writeDevState } from "./dev-state.js";
import { findHandlersFile, loadHandlers, type LoadedHandlers } from "./handlers-file.js";
import { untilStopped } from "./until-stopped.js";
import { watchFiles } from "./watch-files.js";

const TOKEN_SECONDS = 24 * 60 * 60;

export interface DevOptions {
  host: string;
  port: number;
  gatewayPort: number;
  user: string;
}

/** `dev`: embedded broker, gateway and handlers in one process, with reload on change. */
export async function dev(handlersFile: string | undefined, options: DevOptions): Promise<void> {
  const path = findHandlersFile(handlersFile);
  const log = pino({ level: process.env["CENTRIFUGO_LOG_LEVEL"]?.toLowerCase() ?? "warn" });
  let handlers = await loadHandlers(path);
  let router = routerOf(handlers);

  const secrets = devSecrets();
  const gateway = createGateway({
    // The router of the moment: a reload puts another in its place.
    router: { call: (conn, params) => router.call(conn, params) },
    publisher: { publish: (channel, data, how) => broker.publish(channel, data, how) },
    maxMessageBytes: MESSAGE_SIZE_LIMIT,
    log,
  });
  const gatewayServer = await startGatewayServer({
    gateway,
    proxySecret: secrets.proxySecret,
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
  writeDevState({
    ...secrets,
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
    print(`Reloaded   ${methodNames(handlers)}`);
  });
  print("Ready. Handlers reload when their files change; Ctrl-C stops.");

  await untilStopped();
  stopWatching();
  await broker.close();
  await gatewayServer.close();
}

/** Loads the handlers again after each change. A file that fails leaves the last good ones. */
function keepLoaded(
  path: string,
  first: LoadedHandlers,
  onReload: (handlers: LoadedHandlers) => void,
): () => void {
  const files = new Set([path, ...first.files]);
  let stop = watchFiles(files, () => void reload());

  async function reload(): Promise<void> {
    try {
      onReload(await loadHandlers(path, (file) => files.add(file)));
    } catch (error) {
      process.stderr.write(
        `Reload failed, the handlers stay as they were: ${describeError(error)}\n`,
      );
    }
    stop();
    stop = watchFiles(files, () => void reload());
  }
  return () => stop();
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
