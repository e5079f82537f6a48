import { loadProjectConfig, loadProjectSettings, readEnvironmentFile } from "../../config/index.js";
import { readDevState } from "../project/dev-state.js";
import { requireEnabled } from "../enabled.js";
import { serviceSecret, serviceUrls } from "../project/service-connections.js";
import { isHealthy, jsonReport, textReport } from "../doctor/report.js";
import { userOf } from "./token.js";
import { runChecks } from "../doctor/run.js";
import type { SetupConfig } from "../doctor/session.js";

export interface DoctorCommandOptions {
  json?: boolean;
  origin?: string;
  redis?: string;
  token?: string;
  service: string[];
}

/** `doctor`: checks the running set-up and prints how to fix it. */
export async function doctor(options: DoctorCommandOptions): Promise<void> {
  const { json, origin, redis, token, service } = options;
  const results = await runChecks({
    config: await setupConfig(service),
    ...(origin !== undefined && { origin }),
    redisUrl: redis ?? readEnvironmentFile()["REDIS_URL"],
    ...(token !== undefined && { user: { id: userOf(token), token } }),
  });
  process.stdout.write(json ? jsonReport(results) : textReport(results));
  if (!isHealthy(results)) process.exitCode = 1;
}

/** The configured set-up, or the one that the last `dev` in this folder wrote. */
async function setupConfig(services: readonly string[]): Promise<SetupConfig> {
  const settings = await loadProjectSettings();
  requireEnabled(settings);
  const handlerServices = serviceUrls(settings, services);
  const dev = readDevState();
  if (dev && settings.centrifugoUrl === undefined) {
    return {
      centrifugoUrl: dev.url,
      centrifugoApiUrl: dev.apiUrl,
      centrifugoApiKey: dev.apiKey,
      centrifugoTokenHmacSecret: dev.tokenHmacSecret,
      wrapperUrl: dev.gatewayUrl,
      proxySecret: dev.proxySecret,
      handlerServices,
      handlerServiceSecret: handlerServices.length > 0 ? serviceSecret(settings) : "",
    };
  }
  return { ...(await loadProjectConfig()), handlerServices };
}
