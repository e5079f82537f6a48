import { z } from "zod";

const anyUrl = (...starts: string[]) => {
  const expected = `must be a URL that starts with ${starts.join(" or ")}`;
  return z
    .string(expected)
    .refine(
      (text) => starts.some((start) => text.toLowerCase().startsWith(start)) && URL.canParse(text),
      { error: expected, abort: true },
    );
};

/** `fetch` and browser WebSockets reject a password in a URL, and URLs are logged. */
export const url = (...starts: string[]) =>
  anyUrl(...starts).refine((text) => {
    const { username, password } = new URL(text);
    return username === "" && password === "";
  }, "must not have a user name or a password in it");

/** A value sent in an HTTP header, which is limited to these characters and trimmed. */
const key = z
  .string("must be a text")
  .regex(/^[!-~]([ -~]*[!-~])?$/, "must be printable ASCII without white space around it");

/** A signing secret: any string. White space around it is usually the line end of a file. */
const signingSecret = z
  .string("must be a text")
  .min(1, "must not be empty")
  .refine((text) => text === text.trim(), "must not have white space around it");

const flag = z.union([z.boolean(), z.stringbool()], "must be true or false");

/**
 * A number, or the text of one.
 *
 * @param what as in "a port" and "a whole number of seconds".
 */
export const wholeNumber = (what: string, min: number, max?: number) => {
  const range = max === undefined ? `, ${min} or more` : ` from ${min} to ${max}`;
  const expected = `must be ${what}${range}`;
  return z.preprocess(
    (value) => (typeof value === "string" && /^\d+$/.test(value.trim()) ? Number(value) : value),
    z
      .int(expected)
      .min(min, expected)
      .max(max ?? Number.MAX_SAFE_INTEGER, expected),
  );
};

/** A list, or a string with members separated by commas. */
const listOf = <T>(schema: z.ZodType<T[]>) =>
  z.preprocess(
    (value) =>
      typeof value === "string"
        ? value
            .split(",")
            .map((member) => member.trim())
            .filter((member) => member !== "")
        : value,
    schema,
  );

const NAMES = "must be a list of names, separated by commas";

const names = listOf(z.array(z.string(NAMES).min(1, NAMES), NAMES));

/** No query or fragment, because paths are appended. */
export const serviceUrl = url("http://", "https://").refine(
  (text) => !/[?#]/.test(text),
  "must not have a query or a fragment in it",
);

const serviceUrls = listOf(
  z
    .array(serviceUrl, "must be a list of URLs, separated by commas")
    .refine(
      (urls) => new Set(urls.map((text) => text.replace(/\/+$/, ""))).size === urls.length,
      "must not name a service twice",
    ),
);

/** The levels, including the names of Centrifugo, which reads the same variable. */
const LOG_LEVELS = {
  DEBUG: "DEBUG",
  INFO: "INFO",
  WARNING: "WARNING",
  ERROR: "ERROR",
  NONE: "NONE",
  TRACE: "DEBUG",
  WARN: "WARNING",
  FATAL: "ERROR",
} as const;

const logLevel = z
  .string("must be DEBUG, INFO, WARNING, ERROR or NONE")
  .toUpperCase()
  .pipe(
    z.enum(
      Object.keys(LOG_LEVELS) as (keyof typeof LOG_LEVELS)[],
      "must be DEBUG, INFO, WARNING, ERROR or NONE",
    ),
  )
  .transform((name) => LOG_LEVELS[name]);

/** The schema of each field, without its default. */
export const fieldSchemas = {
  enabled: flag,
  wrapperUrl: url("http://", "https://"),
  wrapperApiKey: key,
  wrapperApiKeyPrevious: key,
  centrifugoUrl: url("ws://", "wss://"),
  centrifugoApiUrl: url("http://", "https://"),
  centrifugoApiKey: key,
  centrifugoTokenHmacSecret: signingSecret,
  proxySecret: key,
  handlerServices: serviceUrls,
  handlerServiceSecret: signingSecret,
  ackTimeout: wholeNumber("a whole number of seconds", 1, 300),
  maxCalls: wholeNumber("a whole number of calls", 1, 1_000_000),
  maxCallsPerUser: wholeNumber("a whole number of calls", 1, 1_000_000),
  logLevel,
  logAllCalls: flag,
  logOnlyWithAck: flag,
  logDatabaseUrl: anyUrl("file:", "postgres://", "postgresql://"),
  logRetentionDays: wholeNumber("a whole number of days", 0, 3650),
  logRedactFields: names,
  metricsPublic: flag,
} satisfies Record<string, z.ZodType>;

/** A field of the configuration. */
export type ConfigField = keyof typeof fieldSchemas;

/**
 * Parses a value of a variable, a command-line option or a program. The problem follows a name in
 * messages: "must be a whole number of seconds …".
 */
export function parseValue<T>(
  schema: z.ZodType<T>,
  value: unknown,
): { value: T } | { problem: string } {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { value: parsed.data };
  return { problem: parsed.error.issues[0]?.message ?? "is not valid" };
}

/** The environment variable of each field. */
export const CONFIG_VARIABLES = {
  enabled: "CENTRIFUGO_ENABLED",
  wrapperUrl: "CENTRIFUGO_WRAPPER_URL",
  wrapperApiKey: "CENTRIFUGO_WRAPPER_API_KEY",
  wrapperApiKeyPrevious: "CENTRIFUGO_WRAPPER_API_KEY_PREVIOUS",
  centrifugoUrl: "CENTRIFUGO_URL",
  centrifugoApiUrl: "CENTRIFUGO_API_URL",
  centrifugoApiKey: "CENTRIFUGO_API_KEY",
  centrifugoTokenHmacSecret: "CENTRIFUGO_TOKEN_HMAC_SECRET",
  proxySecret: "CENTRIFUGO_PROXY_SECRET",
  handlerServices: "CENTRIFUGO_HANDLER_SERVICES",
  handlerServiceSecret: "CENTRIFUGO_HANDLER_SERVICE_SECRET",
  ackTimeout: "CENTRIFUGO_ACK_TIMEOUT",
  maxCalls: "CENTRIFUGO_MAX_CALLS",
  maxCallsPerUser: "CENTRIFUGO_MAX_CALLS_PER_USER",
  logLevel: "CENTRIFUGO_LOG_LEVEL",
  logAllCalls: "CENTRIFUGO_LOG_ALL_CALLS",
  logOnlyWithAck: "CENTRIFUGO_LOG_ONLY_WITH_ACK",
  logDatabaseUrl: "CENTRIFUGO_LOG_DATABASE_URL",
  logRetentionDays: "CENTRIFUGO_LOG_RETENTION_DAYS",
  logRedactFields: "CENTRIFUGO_LOG_REDACT_FIELDS",
  metricsPublic: "CENTRIFUGO_METRICS_PUBLIC",
} as const satisfies Record<ConfigField, string>;

/** The fields whose values must not appear in messages and logs. A database URL has a password. */
export const SECRET_FIELDS = [
  "wrapperApiKey",
  "wrapperApiKeyPrevious",
  "centrifugoApiKey",
  "centrifugoTokenHmacSecret",
  "proxySecret",
  "handlerServiceSecret",
  "logDatabaseUrl",
] as const satisfies readonly ConfigField[];

/** The default values. All other fields are required, derived or absent. */
export const DEFAULTS = {
  enabled: true,
  handlerServices: [],
  ackTimeout: 30,
  maxCalls: 10_000,
  maxCallsPerUser: 128,
  logLevel: "INFO",
  logAllCalls: true,
  logOnlyWithAck: false,
  logDatabaseUrl: "file:.centrifugo-rpc/calls.db",
  logRetentionDays: 30,
  logRedactFields: [],
  metricsPublic: false,
} as const satisfies Partial<{
  [Field in ConfigField]: z.output<(typeof fieldSchemas)[Field]> | readonly [];
}>;
