import { CodedError } from "../protocol/index.js";
import {
  CONFIG_VARIABLES,
  DEFAULTS,
  fieldSchemas,
  parseField,
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
  /** A second key that the gateway takes while its callers change to a new one. Default: none. */
  wrapperApiKeyPrevious?: string;
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
   * `centrifugoTokenHmacSecret`, whose holder can already act as any user.
   */
  proxySecret: string;
  /**
   * The URLs of the services in which handlers live besides those of the gateway itself, as in
   * `http://django:8000/centrifugo-rpc`. Default: none. See docs/handler-services.md.
   */
  handlerServices: readonly string[];
  /**
   * What the gateway signs its requests to handler services with. Default: derived from
   * `centrifugoTokenHmacSecret`.
   */
  handlerServiceSecret: string;
  /** How long a call or an acknowledgement is waited for, in seconds: 1 to 300. Default 30. */
  ackTimeout: number;
  /** The lowest level that is logged. Default `INFO`. */
  logLevel: "DEBUG" | "INFO" | "WARNING" | "ERROR" | "NONE";
  /** Whether every call is written to the call log. Default true. */
  logAllCalls: boolean;
  /** Whether only calls that wait for an acknowledgement are written. Default false. */
  logOnlyWithAck: boolean;
  /**
   * Where the call log is: `file:PATH` for the embedded database, or `postgresql://…`. Default
   * `file:.centrifugo-rpc/calls.db`, in the working directory.
   */
  logDatabaseUrl: string;
  /** Rows of the call log older than this are deleted, in days; 0 keeps them all. Default 30. */
  logRetentionDays: number;
  /** Names of fields that the call log hides, besides those that it knows itself. Default: none. */
  logRedactFields: readonly string[];
  /** Whether `GET /metrics` of the gateway needs no API key. Default false. */
  metricsPublic: boolean;
}

/** A configuration in which every field may be left out. */
export type ConfigInput = { readonly [Field in ConfigField]?: CentrifugoConfig[Field] | undefined };

/** The configuration is wrong. The message lists every wrong field, and never a value. */
export class ConfigError extends CodedError {
  override readonly name = "ConfigError";

  constructor(message: string, options?: ErrorOptions) {
    super("CRPC_CONFIG_INVALID", message, options);
  }
}

/** A place from which fields come. */
export interface ConfigSource {
  /** By the fields' names. What is `undefined` or the empty text is not given. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Where a field stands: `CENTRIFUGO_URL in .env`. */
  place(field: string): string;
}

/**
 * Reads the configuration: each field from `given`, else from its environment variable, else its
 * default. An empty variable counts as not set, as in Centrifugo itself. It opens no file; see
 * {@link loadProjectConfig}.
 *
 * With `enabled: false` nothing else is read: the texts of the result are empty.
 *
 * The secrets are plain texts in the result, but `JSON.stringify` and `console.log` of it show
 * `[secret]`. A copy of the result (`{ ...config }`) shows them.
 *
 * @throws ConfigError with one message that lists every wrong or missing field.
 */
export function loadConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
  given: ConfigInput = {},
): CentrifugoConfig {
  return configFrom([givenSource(given), environmentSource(env, () => "in the environment")]);
}

/** Returns its argument; it gives `centrifugo-rpc.config.ts` the type. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}

/** The fields of an object of the program itself. */
export function givenSource(values: ConfigInput): ConfigSource {
  return { values, place: () => "in the code" };
}

/** The fields of an environment; `placeOf` says where a variable comes from. */
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
 * The whole configuration, from the first source that has a field.
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
 * The fields that the sources have, and the secrets that follow from them, without defaults.
 *
 * @throws ConfigError for those that are wrong.
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

/** Returns the valid fields and, for each other one, its problem. */
function readFields(sources: readonly ConfigSource[]) {
  const values: Record<string, unknown> = {};
  const problems = new Map<string, string>();
  for (const field of FIELDS) {
    const source = sources.find(({ values }) => isGiven(values[field]));
    if (!source) continue;
    const parsed = parseField(field, source.values[field]);
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
  const hint = meant ? `write ${meant}` : "docs/configuration.md has all fields";
  return `${name} (${source.place(name)}) is no field: ${hint}`;
}

function refuse(problems: ReadonlyMap<string, string>): void {
  if (problems.size === 0) return;
  const known = FIELDS.filter((field) => problems.has(field));
  const inOrder = new Set<string>([...known, ...problems.keys()]);
  const lines = [...inOrder].map((field) => `- ${problems.get(field)}`);
  throw new ConfigError(`the configuration is wrong:\n${lines.join("\n")}`);
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
