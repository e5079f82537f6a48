import type { z } from "zod";
import {
  configSchema,
  type BrokerConfig,
  type ChannelOptions,
  type ResolvedConfig,
} from "./config-schema.js";
import { globMatcher } from "./glob.js";
import type { BrokerLog } from "../broker-log.js";

/** A configuration that the broker cannot start with; the message names every wrong setting. */
export class BrokerConfigError extends Error {
  override readonly name = "BrokerConfigError";

  constructor(readonly problems: readonly string[]) {
    super(
      `The broker's configuration is wrong:\n${problems.map((line) => `- ${line}`).join("\n")}`,
    );
  }
}

/**
 * Fills in defaults and checks what Centrifugo checks at its start. Settings of Centrifugo that the
 * embedded broker does not implement are logged as warnings, unless their value turns nothing on.
 *
 * @throws BrokerConfigError
 */
export function resolveConfig(config: BrokerConfig, log: BrokerLog): ResolvedConfig {
  const input = withoutNulls(config) as Record<string, unknown>;
  const first = configSchema.safeParse(input);
  const unknown = first.success ? [] : removeUnknownKeys(input, first.error.issues);
  const result = unknown.length === 0 ? first : configSchema.safeParse(input);
  if (!result.success) {
    throw new BrokerConfigError(
      result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`),
    );
  }
  const problems = findProblems(result.data);
  if (problems.length > 0) throw new BrokerConfigError(problems);
  for (const setting of [...unknown, ...refusedFeatures(result.data)]) {
    log.warn({ setting }, `the embedded broker does not implement ${setting}`);
  }
  return result.data;
}

/** Every place with channel options, by the path to it. */
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

/** Removes the keys that the schema does not know and returns the paths of those that mattered. */
function removeUnknownKeys(input: Record<string, unknown>, issues: z.core.$ZodIssue[]): string[] {
  const paths: string[] = [];
  for (const issue of issues) {
    if (issue.code !== "unrecognized_keys") continue;
    const parent = issue.path.reduce<unknown>(
      (value, key) => (value as Record<PropertyKey, unknown>)[key],
      input,
    ) as Record<string, unknown>;
    for (const key of issue.keys) {
      if (!turnsNothingOn(parent[key])) paths.push([...issue.path, key].join("."));
      delete parent[key];
    }
  }
  return paths;
}

/** The values with which Centrifugo writes "not used" into a full configuration. */
function turnsNothingOn(value: unknown): boolean {
  if (typeof value === "object" && value !== null) {
    return Object.values(value).every(turnsNothingOn);
  }
  return [false, 0, "", "0s", "default", "stream", "memory"].some((off) => off === value);
}

function refusedFeatures(config: ResolvedConfig): string[] {
  return channelOptionsByPath(config).flatMap(([path, options]) => [
    ...(options.subscribe_proxy_enabled ? [`${path}.subscribe_proxy_enabled`] : []),
    ...(options.subscribe_stream_proxy_enabled ? [`${path}.subscribe_stream_proxy_enabled`] : []),
    ...(["", "stream"].includes(options.subscription_type) ? [] : [`${path}.subscription_type`]),
  ]);
}

/** As Centrifugo: a key with `null` is a key that is not there. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([key, member]) => [key, withoutNulls(member)]));
}

function findProblems(config: ResolvedConfig): string[] {
  const { client, channel, rpc } = config;
  const personal = client.subscribe_to_user_personal_channel;
  const personalNamespace = personal.personal_channel_namespace;
  const namespaceExists = channel.namespaces.some(({ name }) => name === personalNamespace);
  return [
    ...(client.ping_interval <= client.pong_timeout
      ? ["client.ping_interval: must be greater than client.pong_timeout"]
      : []),
    ...(personal.enabled && personalNamespace !== "" && !namespaceExists
      ? [
          `client.subscribe_to_user_personal_channel.personal_channel_namespace: ` +
            `define the namespace ${JSON.stringify(personalNamespace)} in channel.namespaces`,
        ]
      : []),
    ...client.allowed_origins.flatMap((pattern, index) =>
      problemOf(`client.allowed_origins.${index}`, () => globMatcher(pattern)),
    ),
    ...["token" as const, "subscription_token" as const].flatMap((key) => [
      ...problemOf(`client.${key}.audience_regex`, () => new RegExp(client[key].audience_regex)),
      ...problemOf(`client.${key}.issuer_regex`, () => new RegExp(client[key].issuer_regex)),
      ...["audience" as const, "issuer" as const]
        .filter((claim) => client[key][claim] !== "" && client[key][`${claim}_regex`] !== "")
        .map((claim) => `client.${key}: set ${claim} or ${claim}_regex, not both`),
    ]),
    ...duplicates("channel.namespaces", channel.namespaces),
    ...duplicates("rpc.namespaces", rpc.namespaces),
    ...duplicates("proxies", config.proxies),
    ...channelOptionsByPath(config).flatMap(([path, options]) =>
      channelProblems(path, options, config),
    ),
    ...[rpc.without_namespace, ...rpc.namespaces].flatMap(({ proxy_name }) =>
      proxyProblems("rpc", proxy_name, config),
    ),
  ];
}

function channelProblems(path: string, options: ChannelOptions, config: ResolvedConfig): string[] {
  const { history_size: size, history_ttl: ttl } = options;
  const metaTtl = options.history_meta_ttl || config.channel.history_meta_ttl;
  return [
    ...(size > 0 !== ttl > 0 ? [`${path}: set both history_size and history_ttl, or neither`] : []),
    ...(options.force_recovery && (size === 0 || ttl === 0)
      ? [`${path}.force_recovery: needs history_size and history_ttl`]
      : []),
    ...(ttl > metaTtl ? [`${path}.history_ttl: must not be greater than history_meta_ttl`] : []),
    ...problemOf(`${path}.channel_regex`, () => new RegExp(options.channel_regex)),
    ...proxyProblems(path, options.publish_proxy_name, config),
  ];
}

function proxyProblems(path: string, name: string, config: ResolvedConfig): string[] {
  const known = ["", "default", ...config.proxies.map((proxy) => proxy.name)];
  return known.includes(name)
    ? []
    : [`${path}: define the proxy ${JSON.stringify(name)} in proxies`];
}

function duplicates(path: string, items: readonly { name: string }[]): string[] {
  const names = items.map(({ name }) => name);
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...repeated].map((name) => `${path}: the name ${JSON.stringify(name)} is used twice`);
}

function problemOf(path: string, check: () => unknown): string[] {
  try {
    check();
    return [];
  } catch (error) {
    return [`${path}: ${(error as Error).message}`];
  }
}
