import { CodedError } from "../protocol/index.js";
import {
  CONFIG_VARIABLES,
  DEFAULTS,
  fieldSchemas,
  parseValue,
  type ConfigField,
} from "./fields.js";
import { guardSecrets, withDerivedSecrets } from "./secrets.js";

/** The configuration of the integration, with every default applied. */
export interface CentrifugoConfig {
  /** Whether the integration is on. Default true. */
  enabled: boolean;
  /** URL of the gateway ("wrapper") service, usually `http://localhost:8001`. */
  wrapperUrl: string;
  /** API key of the gateway. */
  wrapperApiKey: string;
  /** A second key that the gateway accepts during a key rotation. Default: none. */
  wrapperApiKeyPrevious?: string;
  /** WebSocket URL of Centrifugo, usually `ws://localhost:8000/connection/websocket`. */
  centrifugoUrl: string;
  /** URL of Centrifugo's HTTP API, usually `http://localhost:8000/api`. */
  centrifugoApiUrl: string;
  /** API key of Centrifugo. */
  centrifugoApiKey: string;
  /** HMAC secret that signs user tokens. */
  centrifugoTokenHmacSecret: string;
  /**
   * The value of the header `X-Proxy-Secret` in Centrifugo's proxy requests. Default: derived from
   * `centrifugoTokenHmacSecret`, whose holder can already act as any user.
   */
  proxySecret: string;
  /**
   * The URLs of handler services, like `http://django:8000/centrifugo-rpc`. Default: none. See
   * docs/handler-services.md.
   */
  handlerServices: readonly string[];
  /**
   * The secret that signs the gateway's requests to handler services. Default: derived from
   * `centrifugoTokenHmacSecret`.
   */
  handlerServiceSecret: string;
  /** The timeout of calls and acknowledgements in seconds, 1 to 300. Default 30. */
  ackTimeout: number;
  /** How many calls may run at the same time in each gateway; further ones wait. Default 10,000. */
  maxCalls: number;
  /**
   * How many calls of one user may run at the same time in each gateway; further ones wait. Default
   * 128.
   */
  maxCallsPerUser: number;
  /** The minimum log level. Default `INFO`. */
  logLevel: "DEBUG" | "INFO" | "WARNING" | "ERROR" | "NONE";
  /** Whether every call is written to the call log. Default true. */
  logAllCalls: boolean;
  /** Whether only calls that wait for an acknowledgement are written to the call log. Default false. */
  logOnlyWithAck: boolean;
  /**
   * The location of the call log: `file:PATH` for the embedded database, or `postgresql://…`. Default
   * `file:.centrifugo-rpc/calls.db`, in the working directory.
   */
  logDatabaseUrl: string;
  /** The age in days after which rows of the call log are deleted; 0 keeps all rows. Default 30. */
  logRetentionDays: number;
  /** Additional names of fields that the call log redacts. Default: none. */
  logRedactFields: readonly string[];
  /** Whether `GET /metrics` of the gateway is available without an API key. Default false. */
  metricsPublic: boolean;
}

/** A configuration in which every field is optional. */
export type ConfigInput = { readonly [Field in ConfigField]?: CentrifugoConfig[Field] | undefined };

/** The configuration is invalid. The message lists every invalid field, but no values. */
export class ConfigError extends CodedError {
  override readonly name = "ConfigError";

  constructor(message: string, options?: ErrorOptions) {
    super("CRPC_CONFIG_INVALID", message, options);
  }
}

/** A source of fields. */
export interface ConfigSource {
  /** By field name. A field that is `undefined` or an empty string is not set. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Describes where a field is set, like `CENTRIFUGO_URL in .env`. */
  place(field: string): string;
}

/**
 * Reads the configuration: each field from `given`, its environment variable, or its default, in
 * this order. An empty variable is not set, as in Centrifugo. It does not read files; see
 * {@link loadProjectConfig}.
 *
 * With `enabled: false` nothing else is read: the required strings of the result are empty.
 *
 * The secrets are plain strings in the result, but `JSON.stringify` and `console.log` show
 * `[secret]`. A copy of the result (`{ ...config }`) shows the secrets.
 *
 * @throws ConfigError with one message that lists every invalid or missing field.
 */
export function loadConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
  given: ConfigInput = {},
): CentrifugoConfig {
  return configFrom([givenSource(given), environmentSource(env, () => "in the environment")]);
}

/** Returns its argument, to type-check `centrifugo-rpc.config.ts`. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}

/** The fields that the program passes. */
export function givenSource(values: ConfigInput): ConfigSource {
  return { values, place: () => "in the code" };
}

/** The fields in environment variables; `placeOf` returns where a variable is set. */
export function environmentSource(
  env: Readonly<Record<string, string | undefined>>,
  placeOf: (variable: string) => string,
): ConfigSource {
  const variables = Object.entries(CONFIG_VARIABLES);
  return {
    values: Object.fromEntries(variables.map(([field, variable]) => [field, env[variable]])),
    place(field) {
      const variable = CONFIG_VARIABLES[field as ConfigField];
      return `${variable} ${placeOf(variable)}`;
    },
  };
}

/**
 * Returns the whole configuration, each field from the first source that has it.
 *
 * @throws ConfigError
 */
export function configFrom(sources: readonly ConfigSource[]): CentrifugoConfig {
  const { values, problems } = readFields(sources);
  if (values.enabled === false) return guardSecrets(disabled());
  const config: ConfigInput = { ...DEFAULTS, ...withDerivedSecrets(values) };
  for (const field of REQUIRED_FIELDS) {
    if (config[field] !== undefined || problems.has(field)) continue;
    problems.set(field, `${field} (${CONFIG_VARIABLES[field]}) is missing`);
  }
  refuse(problems);
  return guardSecrets(config as CentrifugoConfig);
}

/**
 * Returns the fields that the sources have and the secrets derived from them, without defaults.
 *
 * @throws ConfigError for invalid fields.
 */
export function settingsFrom(sources: readonly ConfigSource[]): ConfigInput {
  const { values, problems } = readFields(sources);
  if (values.enabled === false) return { enabled: false };
  refuse(problems);
  return guardSecrets(withDerivedSecrets(values));
}

const FIELDS = Object.keys(fieldSchemas) as ConfigField[];

const REQUIRED_FIELDS = [
  "wrapperUrl",
  "wrapperApiKey",
  "centrifugoUrl",
  "centrifugoApiUrl",
  "centrifugoApiKey",
  "centrifugoTokenHmacSecret",
] as const satisfies ConfigField[];

/** Returns the valid fields, and the problem of each invalid field. */
function readFields(sources: readonly ConfigSource[]) {
  const values: Record<string, unknown> = {};
  const problems = new Map<string, string>();
  for (const field of FIELDS) {
    const source = sources.find(({ values }) => isGiven(values[field]));
    if (!source) continue;
    const parsed = parseValue<unknown>(fieldSchemas[field], source.values[field]);
    if ("value" in parsed) values[field] = parsed.value;
    else problems.set(field, `${field} (${source.place(field)}) ${parsed.problem}`);
  }
  for (const source of sources) {
    for (const name of Object.keys(source.values)) {
      if (!Object.hasOwn(fieldSchemas, name)) problems.set(name, unknownField(source, name));
    }
  }
  return { values: values as ConfigInput, problems };
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== "";
}

function unknownField(source: ConfigSource, name: string): string {
  const plain = (text: string): string => text.replaceAll("_", "").toLowerCase();
  const meant = FIELDS.find((field) => plain(field) === plain(name));
  const hint = meant ? `use ${meant}` : "docs/configuration.md lists all fields";
  return `${name} (${source.place(name)}) is not a field: ${hint}`;
}

function refuse(problems: ReadonlyMap<string, string>): void {
  if (problems.size === 0) return;
  const known = FIELDS.filter((field) => problems.has(field));
  const inOrder = new Set<string>([...known, ...problems.keys()]);
  const lines = [...inOrder].map((field) => `- ${problems.get(field)}`);
  throw new ConfigError(`the configuration is invalid:\n${lines.join("\n")}`);
}

function disabled(): CentrifugoConfig {
  return {
    ...DEFAULTS,
    enabled: false,
    wrapperUrl: "",
    wrapperApiKey: "",
    centrifugoUrl: "",
    centrifugoApiUrl: "",
    centrifugoApiKey: "",
    centrifugoTokenHmacSecret: "",
    proxySecret: "",
    handlerServiceSecret: "",
  };
}
