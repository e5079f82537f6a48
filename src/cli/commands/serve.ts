import { composeGateway, createLogger } from "../../gateway/index.js";
import { loadProjectConfig, readEnvironmentFile } from "../../config/index.js";
import { runs } from "../enabled.js";
import { orCliError, serviceUrls } from "../project/service-connections.js";
import { findHandlersFile, loadHandlers } from "../project/handlers-file.js";
import { warnOfWeakSecrets } from "../project/weak-secrets.js";
import { logStrayRejections, untilStopped } from "../process.js";

export interface ServeOptions {
  host: string;
  port: number;
  redis?: string;
  /** In seconds. */
  grace: number;
  service: string[];
}

/** `serve`: the gateway with its handlers and handler services, next to a real Centrifugo. */
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
  const gateway = await orCliError(
    composeGateway({
      config,
      handlers: registry,
      middleware,
      services: { urls },
      redis: options.redis ?? readEnvironmentFile()["REDIS_URL"],
      log,
    }),
  );
  const { url } = await gateway.listen(options);
  log.info({ url, methods: gateway.methods.list().map(({ name }) => name) }, "gateway ready");
  const signal = await untilStopped();
  // After Ctrl-C at a terminal, no balancer has to notice.
  await gateway.close({ graceMs: signal === "SIGTERM" ? options.grace * 1000 : 0 });
}
