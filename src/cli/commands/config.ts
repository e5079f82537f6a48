import { renameSync, writeFileSync } from "node:fs";
import { centrifugoConfig, type CentrifugoConfigOptions } from "../../gateway/index.js";
import { loadProjectConfig, type CentrifugoConfig } from "../../config/index.js";
import { CliError } from "../output/cli-error.js";
import { formatConfig } from "../output/config-formats.js";
import { requireEnabled } from "../enabled.js";
import type { ConfigFormat } from "../option-values.js";

export interface ConfigCommandOptions {
  format: ConfigFormat;
  output?: string;
  force?: boolean;
  host: string;
  port?: number;
  allowedOrigin: string[];
  redis?: string;
  jwks?: string;
  httpsCert?: string;
  httpsKey?: string;
}

/** `config`: writes a Centrifugo v6 configuration that matches the project's configuration. */
export async function config(options: ConfigCommandOptions): Promise<void> {
  const ours = await loadProjectConfig();
  requireEnabled(ours);
  const theirs = configOptions(ours, options);
  const text = formatConfig[options.format](centrifugoConfig(theirs));
  if (options.output === undefined) process.stdout.write(text);
  else writeSecretFile(options.output, text, options.force ?? false);
  for (const note of notes(ours, theirs)) process.stderr.write(`note: ${note}\n`);
}

function configOptions(
  ours: CentrifugoConfig,
  options: ConfigCommandOptions,
): CentrifugoConfigOptions {
  const { httpsCert, httpsKey, redis, jwks, allowedOrigin } = options;
  if ((httpsCert === undefined) !== (httpsKey === undefined)) {
    throw new CliError("HTTPS needs both --https-cert <file> and --https-key <file>");
  }
  const webSocketPort = portOf(ours.centrifugoUrl);
  const apiPort = portOf(ours.centrifugoApiUrl);
  const port = options.port ?? webSocketPort ?? 8000;
  const apart = apiPort !== undefined && apiPort !== (webSocketPort ?? port);
  return {
    address: options.host,
    port,
    tokenHmacSecret: ours.centrifugoTokenHmacSecret,
    apiKey: ours.centrifugoApiKey,
    gatewayUrl: ours.wrapperUrl,
    proxySecret: ours.proxySecret,
    allowedOrigins: allowedOrigin,
    ...(apart && apiPort !== port && { internalPort: apiPort }),
    ...(redis !== undefined && { redisAddress: redis }),
    ...(jwks !== undefined && { jwksUrl: jwks }),
    ...(httpsCert !== undefined &&
      httpsKey !== undefined && { https: { certFile: httpsCert, keyFile: httpsKey } }),
  };
}

/** The port in a URL, if it has one. */
function portOf(url: string): number | undefined {
  const { port } = new URL(url);
  return port === "" ? undefined : Number(port);
}

/** Settings that are valid but may surprise. */
function notes(ours: CentrifugoConfig, theirs: CentrifugoConfigOptions): string[] {
  const { allowedOrigins = [], https, internalPort } = theirs;
  const apiScheme = internalPort === undefined ? "https" : "http";
  return [
    ...(allowedOrigins.length === 0
      ? ["without --allowed-origin no web page can connect; other clients can"]
      : []),
    ...(allowedOrigins.includes("*")
      ? ["--allowed-origin * lets every web page connect; list yours in production"]
      : []),
    ...(https && !ours.centrifugoUrl.startsWith("wss:")
      ? ["with HTTPS, clients connect to wss://, but CENTRIFUGO_URL starts with ws://"]
      : []),
    ...(https && !ours.centrifugoApiUrl.startsWith(`${apiScheme}:`)
      ? [`the HTTP API will be at ${apiScheme}://, but CENTRIFUGO_API_URL has another scheme`]
      : []),
  ];
}

/** Writes a file that only its owner can read, completely or not at all. */
function writeSecretFile(path: string, text: string, overwrite: boolean): void {
  const target = overwrite ? `${path}.${process.pid}` : path;
  try {
    writeFileSync(target, text, { mode: 0o600, flag: "wx" });
    if (overwrite) renameSync(target, path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw new CliError(`${path} exists: use --force to replace it`);
    throw new CliError(`cannot write ${path}: ${message}`);
  }
}
