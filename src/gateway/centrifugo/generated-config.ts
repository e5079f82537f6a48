import { withoutTrailingSlash } from "../../protocol/index.js";

/** The options of {@link centrifugoConfig}. */
export interface CentrifugoConfigOptions {
  /** Where Centrifugo listens; the empty string means all addresses. Default `127.0.0.1`. */
  address?: string;
  /** Default 8000. */
  port?: number;
  /**
   * Puts the HTTP API, the health check and the metrics on a port of their own, which need not be
   * open to the world and speaks plain HTTP. Default: everything is on `port`.
   */
  internalPort?: number;
  /** The certificate and the key with which Centrifugo serves HTTPS and WSS. Default: neither. */
  https?: HttpsFiles;
  /** The HMAC secret of the users' tokens. */
  tokenHmacSecret: string;
  /**
   * Where the public keys of the users' tokens are, as a JSON Web Key Set. With it Centrifugo looks
   * at no other key, so the HMAC secret is left out.
   */
  jwksUrl?: string;
  /** The key of Centrifugo's HTTP API. */
  apiKey: string;
  /** The gateway's URL as Centrifugo reaches it, usually `http://localhost:8001`. */
  gatewayUrl: string;
  /** The secret that Centrifugo sends to the gateway. */
  proxySecret: string;
  /** Browser origins that may connect, as in `https://app.example.com`. Default: none. */
  allowedOrigins?: readonly string[];
  /**
   * The Redis through which several Centrifugo nodes work as one, as in `redis://localhost:6379`.
   * Default: one node, everything in memory.
   */
  redisAddress?: string;
}

/** Paths of PEM files, as Centrifugo finds them. */
export interface HttpsFiles {
  certFile: string;
  keyFile: string;
}

/** The `websocket.message_size_limit` that {@link centrifugoConfig} sets, in bytes. */
export const MESSAGE_SIZE_LIMIT = 1024 * 1024;

/**
 * A configuration of Centrifugo v6 for this gateway. The embedded broker accepts it as well.
 *
 * - `client.concurrency`: Centrifugo otherwise handles one call of a connection after the other.
 * - the proxy timeout is longer than the gateway's inline time, so that Centrifugo does not give
 *   up a call that the gateway is about to answer.
 * - `user#<id>` is open to that user alone, and keeps replies that came while the client was away.
 * - `events:<name>` is open to every user, for what the server publishes.
 * - the publish proxy makes publications to `rpc.requests` calls, and refuses all others.
 *
 * docs/centrifugo-config.md explains every key; see also
 * https://centrifugal.dev/docs/server/configuration
 */
export function centrifugoConfig(options: CentrifugoConfigOptions) {
  const { https, jwksUrl, internalPort, redisAddress } = options;
  const proxy = (path: string) => ({
    endpoint: `${withoutTrailingSlash(options.gatewayUrl)}/centrifugo/${path}`,
    timeout: "10s",
    include_connection_meta: true,
    http: { static_headers: { "X-Proxy-Secret": options.proxySecret } },
  });
  return {
    http_server: {
      address: options.address ?? "127.0.0.1",
      port: String(options.port ?? 8000),
      ...(internalPort === undefined ? {} : { internal_port: String(internalPort) }),
      ...(https && {
        tls: { enabled: true, cert_pem: https.certFile, key_pem: https.keyFile },
        ...(internalPort !== undefined && { tls_external: true }),
      }),
    },
    ...(redisAddress !== undefined && {
      engine: { type: "redis", redis: { address: [redisAddress] } },
    }),
    client: {
      token:
        jwksUrl === undefined
          ? { hmac_secret_key: options.tokenHmacSecret }
          : { jwks_public_endpoint: jwksUrl },
      allowed_origins: [...(options.allowedOrigins ?? [])],
      concurrency: 64,
      // A client that does not answer a ping within 8 s is gone.
      ping_interval: "25s",
      pong_timeout: "8s",
      // Room for the largest reply of the gateway and others behind it.
      queue_max_size: 4 * MESSAGE_SIZE_LIMIT,
    },
    websocket: { message_size_limit: MESSAGE_SIZE_LIMIT },
    channel: {
      // Positions of channels that nobody uses: longer than any history, and not for 30 days.
      history_meta_ttl: "1h",
      without_namespace: {
        allow_user_limited_channels: true,
        history_size: 100,
        history_ttl: "300s",
        force_recovery: true,
        publish_proxy_enabled: true,
      },
      namespaces: [
        {
          name: "events",
          allow_subscribe_for_client: true,
          channel_regex: "^[-\\w.:/#,]{1,100}$",
          // For publications that wait for all present clients.
          presence: true,
          history_size: 100,
          history_ttl: "300s",
          force_recovery: true,
        },
      ],
      proxy: { publish: proxy("publish") },
    },
    rpc: { proxy: proxy("rpc"), without_namespace: { proxy_enabled: true } },
    http_api: { key: options.apiKey },
    health: { enabled: true },
    // Metrics have no key, so they are on only where their port is not public.
    prometheus: { enabled: internalPort !== undefined },
  };
}
