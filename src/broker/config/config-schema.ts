import { z } from "zod";
import { duration } from "./duration.js";
import { publicKey } from "./public-key.js";

/*
 * The part of Centrifugo's configuration that the embedded broker follows, with Centrifugo's names
 * and defaults: https://centrifugal.dev/docs/server/configuration
 */

/** A setting of which the broker supports only one value. */
function only<Value extends string>(value: Value) {
  return z
    .literal(value, { error: `the embedded broker supports only ${JSON.stringify(value)}` })
    .default(value);
}

/** Like Centrifugo, accepts `"true"` for `true` and `"8000"` for `8000`, as templates write them. */
const flag = z
  .union([z.boolean(), z.stringbool({ truthy: ["true", "1"], falsy: ["false", "0"] })], {
    error: "write true or false",
  })
  .default(false);

/** As a limit, 0 or less means no limit. */
function integer(fallback: number) {
  const digits = z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number);
  return z.union([z.int(), digits], { error: "write a whole number" }).default(fallback);
}

/** 0 or less means the default, as in Centrifugo. */
function positive<Schema extends z.ZodType<number>>(schema: Schema, fallback: number) {
  return schema.transform((value) => (value > 0 ? value : fallback));
}

const text = z.string().default("");
const name = z
  .string()
  .regex(/^[-a-zA-Z0-9_.]{2,}$/, "write 2 or more of the characters a-z A-Z 0-9 - _ .");

/** Calls go to the backend in process, so an endpoint and its headers are not used. */
const proxy = z.looseObject({ timeout: duration("1s"), include_connection_meta: flag });

const jwksEndpoint = text
  .refine((url) => url === "" || (URL.canParse(url) && /^https?:/.test(url)), {
    error: "write an http or https URL",
  })
  .refine((url) => !url.includes("{{"), {
    error: "the embedded broker cannot fill in {{names}}: write one URL",
  })
  // The URL is logged if the endpoint does not answer.
  .refine((url) => !URL.canParse(url) || new URL(url).username + new URL(url).password === "", {
    error: "the URL must not have a user name or a password in it",
  });

const token = {
  hmac_secret_key: text,
  hmac_previous_secret_key: text,
  hmac_previous_secret_key_valid_until: integer(0),
  rsa_public_key: publicKey("rsa"),
  ecdsa_public_key: publicKey("ec"),
  jwks_public_endpoint: jwksEndpoint,
  audience: text,
  issuer: text,
};

const originPattern = z
  .string()
  .regex(/^[^?[\]{}\\]*$/, "write an origin such as https://*.example.com; only * is supported");

const wholeSeconds = duration("0s").refine((milliseconds) => milliseconds % 1000 === 0, {
  message: "write whole seconds",
});

const channelOptions = {
  allow_user_limited_channels: flag,
  allow_subscribe_for_client: flag,
  allow_subscribe_for_anonymous: flag,
  allow_publish_for_client: flag,
  allow_publish_for_subscriber: flag,
  allow_publish_for_anonymous: flag,
  allow_presence_for_client: flag,
  allow_presence_for_subscriber: flag,
  allow_presence_for_anonymous: flag,
  allow_history_for_client: flag,
  allow_history_for_subscriber: flag,
  allow_history_for_anonymous: flag,
  presence: flag,
  join_leave: flag,
  force_push_join_leave: flag,
  history_size: integer(0),
  history_ttl: wholeSeconds,
  history_meta_ttl: wholeSeconds,
  force_positioning: flag,
  allow_positioning: flag,
  force_recovery: flag,
  allow_recovery: flag,
  publication_data_format: z.enum(["", "json", "json_object"]).default(""),
  channel_regex: z.string().default("").transform(pattern),
  publish_proxy_enabled: flag,
};

/** A strict schema: it reports unknown settings, which resolve-config.ts refuses or logs. */
export const configSchema = z.strictObject({
  http_server: z.strictObject({ address: text, port: integer(8000) }).prefault({}),
  http_api: z
    .strictObject({
      key: text,
      /** The broker has one port and serves the API on it. */
      external: z.unknown().optional(),
      handler_prefix: z.string().default("/api"),
    })
    .prefault({}),
  health: z
    .strictObject({ enabled: flag, handler_prefix: z.string().default("/health") })
    .prefault({}),
  /** Centrifugo's metrics describe its internals, so the broker has none of them. */
  prometheus: z.unknown().optional(),
  websocket: z
    .strictObject({
      handler_prefix: z.string().default("/connection/websocket"),
      message_size_limit: positive(integer(65_536), 65_536),
      write_timeout: positive(duration("1s"), 1000),
      /** The broker does not compress. */
      compression_level: z.unknown().optional(),
    })
    .prefault({}),
  client: z
    .strictObject({
      token: z.strictObject(token).prefault({}),
      subscription_token: z.strictObject({ ...token, enabled: flag }).prefault({}),
      allowed_origins: z.array(originPattern).default([]),
      allow_anonymous_connect_without_token: flag,
      disallow_anonymous_connection_tokens: flag,
      ping_interval: duration("25s"),
      pong_timeout: duration("8s"),
      stale_close_delay: duration("10s"),
      expired_close_delay: duration("25s"),
      expired_sub_close_delay: duration("25s"),
      channel_limit: integer(128),
      queue_max_size: integer(1_048_576),
      concurrency: integer(0),
      history_max_publication_limit: integer(300),
      recovery_max_publication_limit: integer(300),
      /** Both matter only if presence and history are kept outside of the process. */
      presence_update_interval: z.unknown().optional(),
      channel_position_check_delay: z.unknown().optional(),
    })
    .prefault({}),
  channel: z
    .strictObject({
      max_length: integer(255),
      private_prefix: only("$"),
      namespace_boundary: only(":"),
      user_boundary: only("#"),
      user_separator: only(","),
      history_meta_ttl: duration("720h"),
      publication_data_format: channelOptions.publication_data_format,
      proxy: z.looseObject({ publish: proxy.prefault({}) }).prefault({}),
      without_namespace: z.strictObject(channelOptions).prefault({}),
      namespaces: z.array(z.strictObject({ name, ...channelOptions })).default([]),
    })
    .prefault({}),
  rpc: z
    .strictObject({
      proxy: proxy.prefault({}),
      namespace_boundary: only(":"),
      without_namespace: z.strictObject({ proxy_enabled: flag }).prefault({}),
    })
    .prefault({}),
});

/** A Centrifugo v6 configuration; a missing key has Centrifugo's default. */
export type BrokerConfig = z.input<typeof configSchema>;

/** The configuration with every default filled in and durations in milliseconds. */
export type ResolvedConfig = z.output<typeof configSchema>;

export type ChannelOptions = ResolvedConfig["channel"]["without_namespace"];
export type TokenConfig = ResolvedConfig["client"]["token"];
export type ProxyConfig = z.output<typeof proxy>;

/** A pattern in the syntax that Go and JavaScript share: no look-around, no back-references. */
function pattern(source: string, context: z.RefinementCtx): RegExp | undefined {
  if (source === "") return undefined;
  try {
    if (!/\(\?<?[=!]|\\[1-9k]/.test(source)) return new RegExp(source, "u");
  } catch {
    // Not a regular expression.
  }
  const message = "write a regular expression that is valid in both Go and JavaScript";
  context.addIssue({ code: "custom", message });
  return undefined;
}
