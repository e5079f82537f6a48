import { z } from "zod";
import { duration } from "./duration.js";
import { publicKey } from "./public-key.js";

/*
 * The part of Centrifugo's configuration that the embedded broker follows, with Centrifugo's names
 * and defaults: https://centrifugal.dev/docs/server/configuration
 */

/** As Centrifugo, takes `"true"` for `true` and `"8000"` for `8000`: values from templates. */
const flag = z
  .union([z.boolean(), z.stringbool({ truthy: ["true", "1"], falsy: ["false", "0"] })], {
    error: "write true or false",
  })
  .default(false);

/** A limit of 0 or less is none. */
function integer(fallback: number) {
  const digits = z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number);
  return z.union([z.int(), digits], { error: "write a whole number" }).default(fallback);
}

/** Centrifugo takes 0 or less for "the default" here. */
function positive<Schema extends z.ZodType<number>>(schema: Schema, fallback: number) {
  return schema.transform((value) => (value > 0 ? value : fallback));
}

const text = z.string().default("");
const name = z
  .string()
  .regex(/^[-a-zA-Z0-9_.]{2,}$/, "write 2 or more of the characters a-z A-Z 0-9 - _ .");

/** Calls go to the backend in process, so an endpoint and its headers are read and not used. */
const proxy = z.looseObject({ timeout: duration("1s"), include_connection_meta: flag });

const jwksEndpoint = text
  .refine((url) => url === "" || (URL.canParse(url) && /^https?:/.test(url)), {
    error: "write an http or https URL",
  })
  .refine((url) => !url.includes("{{"), {
    error: "the embedded broker cannot fill in {{names}}: write one URL",
  })
  // It is logged when it does not answer.
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
  audience_regex: text,
  issuer: text,
  issuer_regex: text,
  user_id_claim: z
    .string()
    .regex(/^[a-zA-Z_]*$/, "write the name of a claim: letters and _ only")
    .default(""),
};

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
  publication_data_format: z.enum(["", "json", "json_object", "binary"]).default(""),
  channel_regex: text,
  publish_proxy_enabled: flag,
  publish_proxy_name: z.string().default("default"),
  /** A broker without these features refuses the channels that need them. */
  subscribe_proxy_enabled: flag,
  subscribe_stream_proxy_enabled: flag,
  subscription_type: z
    .enum(["", "stream", "map", "map_clients", "map_users", "shared_poll"])
    .default(""),
};

const rpcOptions = { proxy_enabled: flag, proxy_name: z.string().default("default") };

/** A strict schema: what it does not know is reported, so that config.ts can warn about it. */
export const configSchema = z.strictObject({
  http_server: z.strictObject({ address: text, port: integer(8000) }).prefault({}),
  http_api: z
    .strictObject({
      key: text,
      insecure: flag,
      disabled: flag,
      /** Without an internal port the API is served on the one port there is. */
      external: z.unknown().optional(),
      handler_prefix: z.string().default("/api"),
      error_mode: z.enum(["", "transport"]).default(""),
    })
    .prefault({}),
  health: z
    .strictObject({ enabled: flag, handler_prefix: z.string().default("/health") })
    .prefault({}),
  /** Centrifugo's metrics are of its own inner life: the embedded broker has none of them. */
  prometheus: z.unknown().optional(),
  websocket: z
    .strictObject({
      handler_prefix: z.string().default("/connection/websocket"),
      message_size_limit: positive(integer(65_536), 65_536),
      write_timeout: positive(duration("1s"), 1000),
      /** Tunes the compression, which is never negotiated. */
      compression_level: z.unknown().optional(),
    })
    .prefault({}),
  client: z
    .strictObject({
      token: z.strictObject(token).prefault({}),
      subscription_token: z.strictObject({ ...token, enabled: flag }).prefault({}),
      allowed_origins: z.array(z.string()).default([]),
      allow_anonymous_connect_without_token: flag,
      disallow_anonymous_connection_tokens: flag,
      insecure: flag,
      insecure_skip_token_signature_verify: flag,
      ping_interval: duration("25s"),
      pong_timeout: duration("8s"),
      stale_close_delay: duration("10s"),
      expired_close_delay: duration("25s"),
      expired_sub_close_delay: duration("25s"),
      channel_limit: integer(128),
      queue_max_size: integer(1_048_576),
      concurrency: integer(0),
      user_connection_limit: integer(0),
      connect_include_server_time: flag,
      history_max_publication_limit: integer(300),
      recovery_max_publication_limit: integer(300),
      subscribe_to_user_personal_channel: z
        .strictObject({ enabled: flag, personal_channel_namespace: text })
        .prefault({}),
      /** Both only matter where presence and history are kept outside of the process. */
      presence_update_interval: z.unknown().optional(),
      channel_position_check_delay: z.unknown().optional(),
    })
    .prefault({}),
  channel: z
    .strictObject({
      max_length: integer(255),
      private_prefix: z.string().default("$"),
      namespace_boundary: z.string().default(":"),
      user_boundary: z.string().default("#"),
      user_separator: z.string().default(","),
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
      ping: z.strictObject({ enabled: flag, method: z.string().default("ping") }).prefault({}),
      namespace_boundary: z.string().default(":"),
      without_namespace: z.strictObject(rpcOptions).prefault({}),
      namespaces: z.array(z.strictObject({ name, ...rpcOptions })).default([]),
    })
    .prefault({}),
  proxies: z.array(z.looseObject({ name, ...proxy.shape })).default([]),
});

/** A Centrifugo v6 configuration; a missing key has Centrifugo's default. */
export type BrokerConfig = z.input<typeof configSchema>;

/** The configuration with every default filled in and durations in milliseconds. */
export type ResolvedConfig = z.output<typeof configSchema>;

export type ChannelOptions = ResolvedConfig["channel"]["without_namespace"];
export type TokenConfig = ResolvedConfig["client"]["token"];
export type ProxyConfig = z.output<typeof proxy>;
