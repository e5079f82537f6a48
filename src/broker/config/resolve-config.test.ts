import { describe, expect, it } from "vitest";
import { BrokerConfigError, resolveConfig } from "./resolve-config.js";
import type { BrokerConfig } from "./config-schema.js";
import { SILENT_LOG } from "../broker-log.js";

function resolve(config: unknown) {
  const warnings: object[] = [];
  const log = { ...SILENT_LOG, warn: (fields: object) => void warnings.push(fields) };
  return { config: resolveConfig(config as BrokerConfig, log), warnings };
}

function problemsOf(config: unknown): readonly string[] {
  try {
    resolve(config);
  } catch (error) {
    if (error instanceof BrokerConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe("resolveConfig", () => {
  it("fills in Centrifugo's defaults", () => {
    const { config, warnings } = resolve({});
    expect(config).toMatchObject({
      http_server: { address: "", port: 8000 },
      client: {
        ping_interval: 25_000,
        pong_timeout: 8_000,
        stale_close_delay: 10_000,
        expired_close_delay: 25_000,
        channel_limit: 128,
        queue_max_size: 1_048_576,
        concurrency: 0,
      },
      websocket: { message_size_limit: 65_536 },
      channel: { max_length: 255, history_meta_ttl: 2_592_000_000 },
      rpc: { proxy: { timeout: 1000, include_connection_meta: false }, namespace_boundary: ":" },
    });
    expect(warnings).toEqual([]);
  });

  it("accepts null, and numbers and booleans as strings, as Centrifugo does", () => {
    const { config } = resolve({
      http_server: { port: "9000" },
      client: {
        allowed_origins: null,
        allow_anonymous_connect_without_token: "true",
        channel_limit: null,
      },
    });
    expect(config.http_server.port).toBe(9000);
    expect(config.client).toMatchObject({
      allowed_origins: [],
      allow_anonymous_connect_without_token: true,
      channel_limit: 128,
    });
  });

  it("warns about settings that it does not implement and that are turned on", () => {
    const { warnings } = resolve({
      engine: { type: "redis", redis: { address: "redis://cache" } },
      broker: { enabled: false, type: "memory" },
      sse: { enabled: true },
      admin: { enabled: false, password: "" },
      websocket: { compression: true, compression_level: 1 },
      client: {
        proxy: { connect: { enabled: false, timeout: "1s" } },
        connect_include_server_time: true,
        connection_limit: 0,
      },
      channel: {
        without_namespace: { delta_publish: true, subscribe_proxy_name: "default" },
        namespaces: [{ name: "streams", subscription_type: "stream" }],
      },
      rpc: { proxy: { endpoint: "http://gateway/rpc", http: { static_headers: {} } } },
      typo: 1,
      // These names decide something in other places only.
      namespaces: [1],
      http_server: { ping: true, disabled: true },
    });
    expect(new Set(warnings)).toEqual(
      new Set(
        [
          "engine",
          "sse",
          "typo",
          "namespaces",
          "http_server.ping",
          "http_server.disabled",
          "websocket.compression",
          "client.connect_include_server_time",
          "channel.without_namespace.delta_publish",
        ].map((setting) => ({ setting })),
      ),
    );
  });

  it.each([
    [{ client: { ping_interval: "x" } }, 'client.ping_interval: write a duration such as "25s"'],
    [{ client: { ping_interval: "5s" } }, "client.ping_interval: must be greater"],
    [{ health: { enabled: "maybe" } }, "health.enabled: write true or false"],
    [{ client: { channel_limit: 1.5 } }, "client.channel_limit: write a whole number"],
    [{ client: { allowed_origins: ["[a"] } }, "client.allowed_origins.0: write an origin"],
    [{ client: { insecure: true } }, "client.insecure: the embedded broker does not implement it"],
    [{ client: { user_connection_limit: 1 } }, "client.user_connection_limit: the embedded"],
    [{ client: { user_id_http_header: "X-User" } }, "client.user_id_http_header: the embedded"],
    [{ client: { proxy: { connect: { enabled: true } } } }, "client.proxy: the embedded"],
    [{ http_api: { disabled: true } }, "http_api.disabled: the embedded"],
    [{ client: { subscription_token: { user_id_claim: "id" } } }, "user_id_claim: the embedded"],
    [{ client: { token: { issuer_regex: "^a" } } }, "client.token.issuer_regex: the embedded"],
    [{ client: { token: { user_id_claim: "id" } } }, "client.token.user_id_claim: the embedded"],
    [
      { channel: { user_boundary: "@" } },
      'channel.user_boundary: the embedded broker supports only "#"',
    ],
    [
      { channel: { without_namespace: { subscribe_proxy_enabled: true } } },
      "channel.without_namespace.subscribe_proxy_enabled: the embedded broker does not implement it",
    ],
    [
      { channel: { namespaces: [{ name: "short", sub_refresh_proxy_enabled: true }] } },
      "channel.namespaces.0.sub_refresh_proxy_enabled: the embedded broker does not implement it",
    ],
    [
      { channel: { namespaces: [{ name: "maps", subscription_type: "map" }] } },
      "channel.namespaces.0.subscription_type: the embedded broker does not implement it",
    ],
    [{ rpc: { ping: { enabled: true } } }, "rpc.ping: the embedded broker does not implement it"],
    [
      { client: { token: { jwks_public_endpoint: "keys.example.com" } } },
      "client.token.jwks_public_endpoint: write an http or https URL",
    ],
    [
      { client: { token: { jwks_public_endpoint: "https://{{tenant}}.example.com/keys" } } },
      "client.token.jwks_public_endpoint: the embedded broker cannot fill in {{names}}",
    ],
    [
      { client: { subscribe_to_user_personal_channel: { enabled: true } } },
      "client.subscribe_to_user_personal_channel: the embedded broker does not implement it",
    ],
    [
      { channel: { without_namespace: { history_size: 1 } } },
      "channel.without_namespace: set both history_size and history_ttl",
    ],
    [
      { channel: { without_namespace: { force_recovery: true } } },
      "channel.without_namespace.force_recovery: needs history_size",
    ],
    [
      { channel: { without_namespace: { history_ttl: "1500ms" } } },
      "channel.without_namespace.history_ttl: write whole seconds",
    ],
    [
      { channel: { namespaces: [{ name: "a" }] } },
      "channel.namespaces.0.name: write 2 or more of the characters",
    ],
    [{ channel: { namespaces: [{ name: "ab" }, { name: "ab" }] } }, 'the name "ab" is used twice'],
    [
      { channel: { namespaces: [{ name: "ab", channel_regex: "(" }] } },
      "channel.namespaces.0.channel_regex: write a regular expression",
    ],
    [
      { channel: { without_namespace: { channel_regex: "^(?!x)" } } },
      "channel.without_namespace.channel_regex: write a regular expression that is valid in both",
    ],
    [
      { rpc: { without_namespace: { proxy_enabled: true, proxy_name: "x" } } },
      "rpc.without_namespace.proxy_name: the embedded broker does not implement it",
    ],
  ])("refuses %j", (config, problem) => {
    const problems = problemsOf(config);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it("lists all problems at once", () => {
    expect(
      problemsOf({
        client: { allow_anonymous_connect_without_token: 5, concurrency: "x" },
        health: 1,
      }),
    ).toHaveLength(3);
  });
});
