import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import type { ProxyBackend } from "../protocol/index.js";
import { BackendProxy } from "./backend-proxy.js";
import { DISCONNECTS } from "./protocol/codes.js";
import type { BrokerConfig, ResolvedConfig } from "./config/config-schema.js";
import { resolveConfig } from "./config/resolve-config.js";
import { ClientConnection } from "./session/client-connection.js";
import { dispatch } from "./session/dispatch.js";
import { BrokerCore } from "./core.js";
import { HttpApi, sendText, targetOf } from "./http/http-api.js";
import { SILENT_LOG, type BrokerLog } from "./broker-log.js";
import type { StreamPosition } from "./protocol/server-messages.js";

const SWEEP_INTERVAL_MS = 60_000;

export interface BrokerOptions {
  /**
   * A configuration of Centrifugo v6, with its names and defaults. A setting that the embedded
   * broker does not implement is refused if it affects access, and otherwise logged as a warning.
   */
  config: BrokerConfig;
  /** Answers RPC and publish proxy requests, in process. */
  backend: ProxyBackend;
  /** The address to listen on; `config.http_server.address` or 127.0.0.1 by default. */
  host?: string | undefined;
  /** The port to listen on, 0 for any free one; `config.http_server.port` (8000) by default. */
  port?: number | undefined;
  /** Nothing is logged by default. */
  log?: BrokerLog | undefined;
}

export interface PublishOptions {
  /** Keeps the publication out of the channel's history. */
  skipHistory?: boolean | undefined;
  tags?: Record<string, string> | undefined;
  /** A second publication with the same key within 5 minutes is dropped. */
  idempotencyKey?: string | undefined;
}

/** A running broker. */
export interface Broker extends AsyncDisposable {
  /** Where clients connect: `ws://127.0.0.1:8000/connection/websocket`. */
  readonly url: string;
  /** The server API: `http://127.0.0.1:8000/api`. */
  readonly apiUrl: string;
  /**
   * Publishes a JSON value, as the API's `publish` does. Returns the position if the channel has a
   * history.
   *
   * @throws CommandError 102 for an unknown channel, 107 for data that the channel does not accept.
   */
  publish(
    channel: string,
    data: unknown,
    options?: PublishOptions,
  ): Promise<{ offset?: number; epoch?: string }>;
  /**
   * Runs one method of the server API in process, as `POST /api/<method>` does, without a key.
   * Returns its result.
   *
   * See https://centrifugal.dev/docs/server/server_api
   *
   * @throws CommandError for an error that the API returns.
   */
  api(method: string, params: object): Promise<unknown>;
  /** Closes every connection (3001, clients reconnect) and stops listening. */
  close(): Promise<void>;
}

/**
 * Starts a broker that speaks Centrifugo's client protocol (JSON over WebSocket) and its HTTP API,
 * for one process: development, tests and small installations.
 *
 * @throws BrokerConfigError for an invalid configuration; an error of `node:net` if the port is
 *   in use.
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const log = options.log ?? SILENT_LOG;
  const config = resolveConfig(options.config, log);
  const backend = new BackendProxy(options.backend, config, log);
  const server = new BrokerServer(new BrokerCore(config, backend, log));
  const host = options.host ?? (config.http_server.address || "127.0.0.1");
  await server.listen(host, options.port ?? config.http_server.port);
  return server;
}

class BrokerServer implements Broker {
  readonly #core: BrokerCore;
  readonly #config: ResolvedConfig;
  readonly #api: HttpApi;
  readonly #http = createServer((request, response) => void this.#handle(request, response));
  readonly #webSockets: WebSocketServer;
  readonly #connections = new Set<ClientConnection>();
  readonly #sweeper: NodeJS.Timeout;
  #authority = "";
  #closing: Promise<void> | undefined;

  constructor(core: BrokerCore) {
    this.#core = core;
    this.#config = core.config;
    this.#api = new HttpApi(core, randomUUID());
    const isAllowed = originChecker(core.config.client.allowed_origins);
    this.#webSockets = new WebSocketServer({
      noServer: true,
      maxPayload: core.config.websocket.message_size_limit,
      skipUTF8Validation: true,
      verifyClient: ({ req }, done) => done(isAllowed(req.headers.origin), 403),
    });
    this.#http.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    this.#sweeper = setInterval(() => core.sweep(), SWEEP_INTERVAL_MS).unref();
  }

  get url(): string {
    return `ws://${this.#authority}${pathOf(this.#config.websocket.handler_prefix)}`;
  }

  get apiUrl(): string {
    return `http://${this.#authority}${pathOf(this.#config.http_api.handler_prefix)}`;
  }

  async listen(host: string, port: number): Promise<void> {
    this.#http.listen(port, host);
    await once(this.#http, "listening");
    const address = this.#http.address() as AddressInfo;
    this.#authority = `${host.includes(":") ? `[${host}]` : host}:${address.port}`;
    this.#core.log.info({ url: this.url }, "the embedded broker is listening");
  }

  async publish(channel: string, data: unknown, options: PublishOptions = {}) {
    const { skipHistory: skip_history, idempotencyKey: idempotency_key, tags } = options;
    const params = { channel, data, skip_history, tags, idempotency_key };
    return (await this.api("publish", params)) as Partial<StreamPosition>;
  }

  api(method: string, params: object): Promise<unknown> {
    return this.#api.run(method, params);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    clearInterval(this.#sweeper);
    const stopped = once(this.#http, "close");
    this.#http.close();
    const connections = [...this.#connections];
    for (const connection of connections) connection.close(DISCONNECTS.shutdown);
    await Promise.all(connections.map(({ closed }) => closed));
    for (const refused of this.#webSockets.clients) refused.terminate();
    this.#http.closeAllConnections();
    await stopped;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { health, websocket } = this.#config;
    const target = targetOf(request);
    try {
      if (this.#api.serves(target)) {
        await this.#api.handle(request, response, target);
      } else if (health.enabled && target.path === pathOf(health.handler_prefix)) {
        response.setHeader("content-type", "application/json").end("{}");
      } else if (target.path === pathOf(websocket.handler_prefix)) {
        sendText(response, 400, "Bad Request\n");
      } else {
        sendText(response, 404, "404 page not found\n");
      }
    } catch (error) {
      this.#core.log.error({ err: error, path: target.path }, "an HTTP request failed");
      if (!response.headersSent) response.writeHead(500);
      response.end();
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { path, query } = targetOf(request);
    socket.on("error", () => socket.destroy());
    if (this.#closing) return refuseUpgrade(socket, "503 Service Unavailable");
    if (path !== pathOf(this.#config.websocket.handler_prefix)) {
      return refuseUpgrade(socket, "404 Not Found");
    }
    simplifyHandshake(request.headers);
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      if (wantsProtobuf(webSocket, query)) {
        webSocket.on("error", () => webSocket.terminate());
        webSocket.close(DISCONNECTS.inappropriateProtocol.code, "only JSON is supported");
        return;
      }
      this.#accept(webSocket);
    });
  }

  #accept(webSocket: WebSocket): void {
    const connection = new ClientConnection(this.#core, webSocket, dispatch);
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
  }
}

/** Accepts requests without an Origin header, which browsers always send, and the allowed origins. */
function originChecker(allowed: readonly string[]): (origin: string | undefined) => boolean {
  const patterns = allowed.map((pattern) => {
    const parts = pattern.toLowerCase().split("*");
    return new RegExp(
      `^${parts.map((part) => part.replace(/[.+^$()|]/g, "\\$&")).join(".*")}$`,
      "s",
    );
  });
  return (origin) => !origin || patterns.some((pattern) => pattern.test(origin.toLowerCase()));
}

/**
 * Keeps only the header values that Centrifugo uses. ws rejects a list of several upgrades or
 * versions, and a list of subprotocols that is empty or has duplicates; it accepts version 8.
 */
function simplifyHandshake(headers: IncomingHttpHeaders): void {
  const listed = (name: string) =>
    String(headers[name] ?? "")
      .split(",")
      .map((each) => each.trim());
  if (listed("upgrade").some((name) => name.toLowerCase() === "websocket")) {
    headers.upgrade = "websocket";
  }
  headers["sec-websocket-version"] = listed("sec-websocket-version").includes("13") ? "13" : "";
  const known = listed("sec-websocket-protocol").find(
    (name) => name === "centrifuge-json" || name === "centrifuge-protobuf",
  );
  if (known === undefined) delete headers["sec-websocket-protocol"];
  else headers["sec-websocket-protocol"] = known;
}

function wantsProtobuf(webSocket: WebSocket, query: URLSearchParams): boolean {
  return (
    webSocket.protocol === "centrifuge-protobuf" ||
    query.get("format") === "protobuf" ||
    query.get("cf_protocol") === "protobuf"
  );
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** A configured prefix as a path: `/`, or without a trailing slash. */
function pathOf(prefix: string): string {
  return prefix.replace(/\/+$/, "") || "/";
}
