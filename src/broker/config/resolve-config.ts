import type { z } from "zod";
import { CodedError, isObject } from "../../protocol/index.js";
import type { BrokerLog } from "../broker-log.js";
import {
  configSchema,
  type BrokerConfig,
  type ChannelOptions,
  type ResolvedConfig,
} from "./config-schema.js";

/**
 * An invalid configuration. The message and `problems` list every invalid setting. Code
 * `CRPC_CONFIG_INVALID`.
 */
export class BrokerConfigError extends CodedError {
  override readonly name = "BrokerConfigError";

  constructor(readonly problems: readonly string[]) {
    const lines = problems.map((problem) => `- ${problem}`).join("\n");
    super("CRPC_CONFIG_INVALID", `the broker's configuration is not valid:\n${lines}`);
  }
}

const IN_TOKEN = ["audience_regex", "issuer_regex", "user_id_claim"];
const IN_CHANNEL_OPTIONS = [
  "publish_proxy_name",
  "sub_refresh_proxy_enabled",
  "subscribe_proxy_enabled",
  "subscribe_stream_proxy_enabled",
  "subscription_type",
];

/**
 * Settings of Centrifugo that affect access, or that change what clients have to do. The embedded
 * broker does not implement them and does not start with them: if it ignored them, development
 * would differ from production.
 */
const REFUSED = new Set([
  ...IN_TOKEN.flatMap((name) => [`client.token.${name}`, `client.subscription_token.${name}`]),
  ...IN_CHANNEL_OPTIONS.flatMap((name) => [
    `channel.without_namespace.${name}`,
    `channel.namespaces.${name}`,
  ]),
  "client.insecure",
  "client.insecure_skip_token_signature_verify",
  "client.proxy",
  "client.subscribe_to_user_personal_channel",
  "client.user_connection_limit",
  "client.user_id_http_header",
  "http_api.disabled",
  "http_api.error_mode",
  "http_api.insecure",
  "proxies",
  "rpc.namespaces",
  "rpc.ping",
  "rpc.without_namespace.proxy_name",
  "websocket.disabled",
]);

/** @param path The index of a namespace in it is ignored. */
function isRefused(path: string): boolean {
  return REFUSED.has(path.replace(/\.\d+(?=\.)/, ""));
}

/**
 * Fills in defaults and runs the checks that Centrifugo runs when it starts. A setting that the
 * embedded broker does not implement is ignored if it turns nothing on, refused if it is in
 * `REFUSED`, and otherwise logged as a warning.
 *
 * @throws BrokerConfigError
 */
export function resolveConfig(config: BrokerConfig, log: BrokerLog): ResolvedConfig {
  const input = withoutNulls(config) as Record<string, unknown>;
  const first = configSchema.safeParse(input);
  const unknown = first.success ? [] : removeUnknownKeys(input, first.error.issues);
  const refused = unknown
    .filter(isRefused)
    .map((path) => `${path}: the embedded broker does not implement it; use Centrifugo instead`);
  const result = unknown.length === 0 ? first : configSchema.safeParse(input);
  const problems = result.success
    ? findProblems(result.data)
    : result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  if (!result.success || refused.length + problems.length > 0) {
    throw new BrokerConfigError([...refused, ...problems]);
  }
  for (const setting of unknown.filter((path) => !isRefused(path))) {
    log.warn({ setting }, `the embedded broker does not implement ${setting}`);
  }
  return result.data;
}

/** All channel options, with their paths. */
function channelOptionsByPath(config: ResolvedConfig): [path: string, options: ChannelOptions][] {
  const { without_namespace, namespaces } = config.channel;
  return [
    ["channel.without_namespace", without_namespace],
    ...namespaces.map((options, index): [string, ChannelOptions] => [
      `channel.namespaces.${index}`,
      options,
    ]),
  ];
}

/** Removes the keys that the schema does not know. Returns the paths of those that are turned on. */
function removeUnknownKeys(input: Record<string, unknown>, issues: z.core.$ZodIssue[]): string[] {
  const paths: string[] = [];
  for (const issue of issues) {
    if (issue.code !== "unrecognized_keys") continue;
    const parent = issue.path.reduce<unknown>(
      (value, key) => (value as Record<PropertyKey, unknown>)[key],
      input,
    ) as Record<string, unknown>;
    for (const key of issue.keys) {
      if (!isOff(parent[key])) paths.push([...issue.path, key].join("."));
      delete parent[key];
    }
  }
  return paths;
}

/** Whether a value turns nothing on. Centrifugo's full default configuration has such values. */
function isOff(value: unknown): boolean {
  if (isObject(value) && value["enabled"] === false) return true;
  if (typeof value === "object" && value !== null) return Object.values(value).every(isOff);
  return [false, 0, "", "0s", "default", "stream", "memory"].some((off) => off === value);
}

/** A key with `null` counts as missing, as in Centrifugo. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([key, member]) => [key, withoutNulls(member)]));
}

function findProblems(config: ResolvedConfig): string[] {
  const { ping_interval: interval, pong_timeout: timeout } = config.client;
  return [
    ...(interval <= timeout
      ? ["client.ping_interval: must be greater than client.pong_timeout"]
      : []),
    ...duplicates("channel.namespaces", config.channel.namespaces),
    ...channelOptionsByPath(config).flatMap(([path, options]) =>
      channelProblems(path, options, config.channel.history_meta_ttl),
    ),
  ];
}

function channelProblems(path: string, options: ChannelOptions, defaultMetaTtl: number): string[] {
  const { history_size: size, history_ttl: ttl } = options;
  const metaTtl = options.history_meta_ttl || defaultMetaTtl;
  return [
    ...(size > 0 !== ttl > 0 ? [`${path}: set both history_size and history_ttl, or neither`] : []),
    ...(options.force_recovery && (size === 0 || ttl === 0)
      ? [`${path}.force_recovery: needs history_size and history_ttl`]
      : []),
    ...(ttl > metaTtl ? [`${path}.history_ttl: must not be greater than history_meta_ttl`] : []),
  ];
}

function duplicates(path: string, items: readonly { name: string }[]): string[] {
  const names = items.map(({ name }) => name);
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...repeated].map((name) => `${path}: the name ${JSON.stringify(name)} is used twice`);
}
