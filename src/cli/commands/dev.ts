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
import { logStrayRejections } from "../stray-rejections.js";
import { untilStopped } from "../until-stopped.js";
import { FileWatcher } from "../project/watch-files.js";

const TOKEN_SECONDS = 24 * 60 * 60;

/** Who changes a service waits for the new methods. */
const SERVICE_POLL_MS = 1000;

export interface DevOptions {
  host: string;
  port: number;
  gatewayPort: number;
  user: string;
  service: string[];
}

/**
 * `dev`: embedded broker, gateway and handlers in one process, with reload on change; and handlers
 * in services.
 */
export async function dev(handlersFile: string | undefined, options: DevOptions): Promise<void> {
  const config = await devConfig();
  if (!runs(config, "nothing is started")) return;
  const urls = serviceUrls(config, options.service);
  // What follows from a secret that was made up here, no service has.
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
      // Any page may connect to this machine's own broker: what counts is the token.
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
  if (config.centrifugoUrl !== NOT_SET && config.centrifugoUrl !== broker.url) {
    print(
      `Note       CENTRIFUGO_URL is set: call and doctor go to ${config.centrifugoUrl}, and not here`,
    );
  }
  print(`Ready. ${path ? "Handlers reload when their files change; " : ""}Ctrl-C stops.`);

  await untilStopped();
  stopWatching?.();
  // The gateway first: the replies of calls that end meanwhile still need the broker.
  await gateway.close();
  await broker.close();
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

/**
 * Loads the handlers again after each change. A file that fails leaves the last good ones.
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
      const handlers = await loadHandlers(path, { services, onFile });
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

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
