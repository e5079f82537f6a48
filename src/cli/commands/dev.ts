import { hostname, networkInterfaces } from "node:os";
import { startBroker } from "../../broker/index.js";
import {
  centrifugoConfig,
  composeGateway,
  createBrokerApi,
  createLogger,
  createToken,
} from "../../gateway/index.js";
import {
  loadProjectConfig,
  loadProjectSettings,
  type CentrifugoConfig,
} from "../../config/index.js";
import { describeError } from "../output/describe-error.js";
import { devSecrets, writeDevState } from "../project/dev-state.js";
import { runs } from "../enabled.js";
import { orCliError, serviceSecret, serviceUrls } from "../project/service-connections.js";
import { findHandlersFile, loadHandlers, type LoadedHandlers } from "../project/handlers-file.js";
import { ServiceReport } from "../output/service-report.js";
import { logStrayRejections, untilStopped } from "../process.js";
import { FileWatcher } from "../project/watch-files.js";

const TOKEN_SECONDS = 24 * 60 * 60;

/** Short: whoever edits a service waits for its new methods. */
const SERVICE_POLL_MS = 1000;

export interface DevOptions {
  host: string;
  port: number;
  gatewayPort: number;
  user: string;
  service: string[];
}

/**
 * `dev`: runs the embedded broker, the gateway and the handlers in one process, and reloads them on
 * change.
 */
export async function dev(handlersFile: string | undefined, options: DevOptions): Promise<void> {
  const config = await devConfig();
  if (!runs(config, "nothing is started")) return;
  const urls = serviceUrls(config, options.service);
  // It must be configured: services do not know a secret generated here.
  if (urls.length > 0) serviceSecret(await loadProjectSettings());
  const path = findHandlersFile(handlersFile, urls);
  const log = createLogger(config);
  logStrayRejections(log);
  const handlers = await loadHandlers(path, { services: urls });
  let report: ServiceReport | undefined;
  const brokerApi = createBrokerApi({ api: (method, params) => broker.api(method, params) });
  const gateway = await orCliError(
    composeGateway({
      config,
      handlers: handlers.registry,
      middleware: handlers.middleware,
      broker: brokerApi,
      services: {
        urls,
        pollMs: SERVICE_POLL_MS,
        onChange: () => report?.news().forEach(print),
      },
      log,
    }),
  );
  const { url: gatewayUrl } = await gateway.listen({
    host: options.host,
    port: options.gatewayPort,
  });
  const secrets = {
    apiKey: config.centrifugoApiKey,
    tokenHmacSecret: config.centrifugoTokenHmacSecret,
    proxySecret: config.proxySecret,
  };
  const broker = await startBroker({
    config: centrifugoConfig({
      ...secrets,
      gatewayUrl,
      // Any page may connect to a local broker; the token decides.
      allowedOrigins: ["*"],
    }),
    backend: gateway.gateway,
    host: options.host,
    port: options.port,
    log,
  });
  writeDevState({
    ...secrets,
    wrapperApiKey: config.wrapperApiKey,
    url: broker.url,
    apiUrl: broker.apiUrl,
    gatewayUrl,
  });

  const token = await createToken({
    secret: secrets.tokenHmacSecret,
    userId: options.user,
    expiresIn: TOKEN_SECONDS,
  });
  report = new ServiceReport(gateway.methods);
  print(`WebSocket  ${broker.url}`);
  print(`HTTP API   ${broker.apiUrl}`);
  print(`Gateway    ${gatewayUrl}`);
  report.news().forEach(print);
  print(`Token      ${token}`);
  print(`           (user "${options.user}", valid for 24 hours)`);

  const onReload = (reloaded: LoadedHandlers): void => {
    gateway.replaceHandlers(reloaded.registry, reloaded.middleware);
    report.news();
    print(`Reloaded   ${report.methods()}`);
  };
  const stopWatching = path === undefined ? undefined : keepLoaded(path, urls, handlers, onReload);
  if (config.centrifugoUrl !== NOT_SET && !isSameServer(config.centrifugoUrl, broker.url)) {
    print(
      `Note       CENTRIFUGO_URL is set: call and doctor use ${config.centrifugoUrl}, not this broker`,
    );
  }
  print(`Ready. ${path ? "Handlers reload when their files change; " : ""}Ctrl-C stops.`);

  await untilStopped();
  stopWatching?.();
  // The gateway first: replies of calls that still run need the broker.
  await gateway.close();
  await broker.close();
}

/** A placeholder for an address that is not configured: `dev` has its own. */
const NOT_SET = "ws://not-set";

/** Whether a URL leads to the server that listens at `own`: `localhost` is `127.0.0.1`. */
export function isSameServer(url: string, own: string): boolean {
  const [there, here] = [new URL(url), new URL(own)];
  const isHere = there.hostname === here.hostname || hostnamesOf(here.hostname).has(there.hostname);
  return isHere && there.port === here.port && there.pathname === here.pathname;
}

/** The names under which a server is reached that listens on an address. */
function hostnamesOf(address: string): Set<string> {
  const loopback = ["localhost", "127.0.0.1", "[::1]"];
  if (address !== "0.0.0.0" && address !== "[::]") {
    return new Set(loopback.includes(address) ? loopback : []);
  }
  const all = Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.map(({ family, address }) => (family === "IPv6" ? `[${address}]` : address)),
  );
  return new Set([...loopback, hostname().toLowerCase(), ...all]);
}

/** The configuration of the project, with generated values for everything that is missing. */
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

/**
 * Reloads the handlers after each change. If a file fails to load, the last good handlers stay.
 *
 * @param services as for {@link loadHandlers}.
 */
function keepLoaded(
  path: string,
  services: readonly string[],
  first: LoadedHandlers,
  onReload: (handlers: LoadedHandlers) => void,
): () => void {
  const onFile = (file: string): void => void files.add(file);
  let files = new Set([path, ...first.files]);
  let stopped = false;
  // One at a time: two loads would register to the same place.
  let reloads = Promise.resolve();
  const watcher = new FileWatcher(() => {
    reloads = reloads.then(reload);
  });
  watcher.watch(files);

  async function reload(): Promise<void> {
    if (stopped) return;
    try {
      // The imports of a file that fails to load are watched too.
      const handlers = await loadHandlers(path, { services, onFile });
      files = new Set([path, ...handlers.files]);
      onReload(handlers);
    } catch (error) {
      process.stderr.write(`Reload failed; the previous handlers stay: ${describeError(error)}\n`);
    }
    if (!stopped) watcher.watch(files);
  }
  return () => {
    stopped = true;
    watcher.close();
  };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
