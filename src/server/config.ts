import { createHmac } from "node:crypto";
import { z } from "zod";

const url = (...protocols: string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`,
    );
const secret = z.string().min(1, "must not be empty");
const flag = z.union([z.boolean(), z.stringbool()], "must be true or false");

const configSchema = z.object({
  wrapperUrl: url("http:", "https:"),
  wrapperApiKey: secret,
  centrifugoUrl: url("ws:", "wss:"),
  centrifugoApiUrl: url("http:", "https:"),
  centrifugoApiKey: secret,
  centrifugoTokenHmacSecret: secret,
  proxySecret: secret.optional(),
  ackTimeout: z.coerce
    .number("must be a number of seconds")
    .int("must be a whole number of seconds")
    .min(1, "must be at least 1 second")
    .max(300, "must be at most 300 seconds")
    .default(30),
  logLevel: z
    .string()
    .toUpperCase()
    .pipe(z.enum(["DEBUG", "INFO", "WARNING", "ERROR"], "must be DEBUG, INFO, WARNING or ERROR"))
    .default("INFO"),
  logAllCalls: flag.default(true),
  logOnlyWithAck: flag.default(false),
});

/** The configuration of the integration, with every default applied. */
export interface CentrifugoConfig {
  /** Whether the integration is on. Default true. */
  enabled: boolean;
  /** URL of the gateway ("wrapper") service, usually `http://localhost:8001`. */
  wrapperUrl: string;
  /** API key of the gateway. */
  wrapperApiKey: string;
  /** WebSocket URL of Centrifugo, usually `ws://localhost:8000/connection/websocket`. */
  centrifugoUrl: string;
  /** URL of Centrifugo's HTTP API, usually `http://localhost:8000/api`. */
  centrifugoApiUrl: string;
  /** API key of Centrifugo. */
  centrifugoApiKey: string;
  /** HMAC secret with which the users' tokens are signed. */
  centrifugoTokenHmacSecret: string;
  /**
   * What Centrifugo's proxy requests carry in the header `X-Proxy-Secret`. Default: derived from
   * `centrifugoTokenHmacSecret`. Who knows that one can be any user already.
   */
  proxySecret: string;
  /** How long a call waits, in seconds. Default 30. */
  ackTimeout: number;
  /** Default `INFO`. */
  logLevel: "DEBUG" | "INFO" | "WARNING" | "ERROR";
  /** Whether every call is written to the call log. Default true. */
  logAllCalls: boolean;
  /** Whether only calls that wait for an acknowledgement are written. Default false. */
  logOnlyWithAck: boolean;
}

/** The environment variable of each field, read when the field is not given. */
export const CONFIG_VARIABLES = {
  enabled: "CENTRIFUGO_ENABLED",
  wrapperUrl: "CENTRIFUGO_WRAPPER_URL",
  wrapperApiKey: "CENTRIFUGO_WRAPPER_API_KEY",
  centrifugoUrl: "CENTRIFUGO_URL",
  centrifugoApiUrl: "CENTRIFUGO_API_URL",
  centrifugoApiKey: "CENTRIFUGO_API_KEY",
  centrifugoTokenHmacSecret: "CENTRIFUGO_TOKEN_HMAC_SECRET",
  proxySecret: "CENTRIFUGO_PROXY_SECRET",
  ackTimeout: "CENTRIFUGO_ACK_TIMEOUT",
  logLevel: "CENTRIFUGO_LOG_LEVEL",
  logAllCalls: "CENTRIFUGO_LOG_ALL_CALLS",
  logOnlyWithAck: "CENTRIFUGO_LOG_ONLY_WITH_ACK",
} as const satisfies Record<keyof CentrifugoConfig, string>;

const DISABLED: CentrifugoConfig = {
  enabled: false,
  wrapperUrl: "",
  wrapperApiKey: "",
  centrifugoUrl: "",
  centrifugoApiUrl: "",
  centrifugoApiKey: "",
  centrifugoTokenHmacSecret: "",
  proxySecret: "",
  ackTimeout: 30,
  logLevel: "INFO",
  logAllCalls: true,
  logOnlyWithAck: false,
};

/** The configuration is wrong. The message lists every wrong field, and never a value. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * Reads the configuration: each field from `given`, else from its environment variable, else its
 * default. An empty variable counts as not set, as in Centrifugo itself.
 *
 * With `enabled: false` nothing else is read: the texts of the result are empty.
 *
 * @throws ConfigError with one message that lists every wrong or missing field.
 */
export function loadConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
  given: Partial<CentrifugoConfig> = {},
): CentrifugoConfig {
  const values: Record<string, unknown> = {};
  for (const [field, variable] of Object.entries(CONFIG_VARIABLES)) {
    values[field] = given[field as keyof CentrifugoConfig] ?? (env[variable] || undefined);
  }
  const enabled = flag.default(true).safeParse(values["enabled"]);
  if (enabled.success && !enabled.data) return DISABLED;

  const parsed = configSchema.safeParse(values);
  const wrong = [
    ...(enabled.success ? [] : [{ field: "enabled", message: "must be true or false" }]),
    ...(parsed.error?.issues ?? []).map(({ path, message }) => ({
      field: String(path[0]),
      message,
    })),
  ];
  if (wrong.length > 0 || !parsed.success) throw new ConfigError(describe(wrong, values));
  const { proxySecret = derivedSecret(parsed.data.centrifugoTokenHmacSecret), ...fields } =
    parsed.data;
  return { enabled: true, ...fields, proxySecret };
}

function derivedSecret(tokenHmacSecret: string): string {
  return createHmac("sha256", tokenHmacSecret)
    .update("centrifugo-rpc proxy secret")
    .digest("base64url");
}

function describe(
  wrong: { field: string; message: string }[],
  values: Record<string, unknown>,
): string {
  const lines = wrong.map(({ field, message }) => {
    const problem = values[field] === undefined ? "is missing" : message;
    return `- ${field} (${CONFIG_VARIABLES[field as keyof CentrifugoConfig]}) ${problem}`;
  });
  return `the configuration is wrong:\n${lines.join("\n")}`;
}
