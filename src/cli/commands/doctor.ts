import { decodeJwt } from "jose";
import { isUserId } from "../../protocol/index.js";
import { loadProjectConfig, loadProjectSettings } from "../../config/index.js";
import { CliError } from "../output/cli-error.js";
import { readDevState } from "../project/dev-state.js";
import { requireEnabled } from "../enabled.js";
import { serviceSecret, serviceUrls } from "../project/service-connections.js";
import { isHealthy, jsonReport, textReport } from "../doctor/report.js";
import { runChecks } from "../doctor/run.js";
import type { SessionOptions, SetupConfig } from "../doctor/session.js";

export interface DoctorCommandOptions {
  json?: boolean;
  origin?: string;
  token?: string;
  service: string[];
}

/** `doctor`: checks the running set-up and prints how to fix it. */
export async function doctor(options: DoctorCommandOptions): Promise<void> {
  const { json, origin, token, service } = options;
  const results = await runChecks({
    config: await setupConfig(service),
    ...(origin !== undefined && { origin }),
    ...(token !== undefined && { user: userOf(token) }),
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

function userOf(token: string): NonNullable<SessionOptions["user"]> {
  const id = subjectOf(token);
  if (id !== undefined && isUserId(id)) return { id, token };
  throw new CliError("--token must be a JWT whose sub is a user ID");
}

function subjectOf(token: string): string | undefined {
  try {
    return decodeJwt(token).sub;
  } catch {
    return undefined;
  }
}
