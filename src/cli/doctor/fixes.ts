import { centrifugoConfig } from "../../gateway/index.js";
import { CONFIG_VARIABLES, type CentrifugoConfig } from "../../config/index.js";
import type { Fix } from "./finding.js";

/** A setting of Centrifugo, as a line of its JSON configuration. */
export function setting(path: string, value: unknown): Fix {
  const nested = path.split(".").reduceRight((inner, key) => ({ [key]: inner }), value);
  const json = JSON.stringify(nested, null, 1).replaceAll(/\s*\n\s*/g, " ");
  return { where: "centrifugo", line: json.slice("{ ".length, -" }".length) };
}

/** A setting with the value that `centrifugo-rpc config` writes. */
export function recommended(path: string, { wrapperUrl }: Pick<CentrifugoConfig, "wrapperUrl">) {
  const config = centrifugoConfig({
    gatewayUrl: wrapperUrl,
    tokenHmacSecret: placeholder("centrifugoTokenHmacSecret"),
    apiKey: placeholder("centrifugoApiKey"),
    proxySecret: placeholder("proxySecret"),
    redisAddress: "redis://localhost:6379",
  });
  const value = path
    .split(".")
    .reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], config);
  return setting(path, value);
}

/** A variable of centrifugo-rpc's configuration. */
export function variable(
  field: keyof CentrifugoConfig,
  value: string,
  where: "environment" | "gateway-environment" | "service-environment" = "environment",
): Fix {
  return { where, line: `${CONFIG_VARIABLES[field]}=${value}` };
}

/** Placeholder for a secret: secrets are never printed. */
export function placeholder(field: keyof CentrifugoConfig): string {
  return `<${CONFIG_VARIABLES[field]}>`;
}

/** A command for a shell. */
export function command(line: string): Fix {
  return { where: "command", line };
}
