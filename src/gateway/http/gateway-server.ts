import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Gateway } from "../gateway.js";
import type { HttpHandlerOptions } from "../http-handler.js";
import { createNodeHandler, type NodeHandler } from "./node-handler.js";

/** How long the last responses may take, in milliseconds. */
const LAST_RESPONSES_MS = 500;

/** How long a request may take to arrive: longer than a new connection may be idle. */
const REQUEST_TIMEOUT_MS = 125_000;

/** Where a gateway listens. */
export interface ListenOptions {
  /** Default `127.0.0.1`. */
  host?: string;
  /** Default 8001; 0 takes any free port. */
  port?: number;
}

/** The options of {@link startGatewayServer}. */
export type GatewayServerOptions = HttpHandlerOptions & ListenOptions;

/** How a gateway stops. */
export interface CloseOptions {
  /**
   * How long it takes calls after it has reported that it stops, in milliseconds: until balancers
   * have noticed. Default 0.
   */
  graceMs?: number;
}

/** A running gateway service. */
export interface GatewayServer {
  /** As in `http://127.0.0.1:8001`. */
  readonly url: string;
  /**
   * Takes calls for another `graceMs` (default 0) while `/ready` and `/health` answer 503, lets the
   * running calls end (see {@link Gateway.close}), and stops. May be called again.
   */
  close(options?: CloseOptions): Promise<void>;
}

/** Starts the gateway as an HTTP service of its own. */
export async function startGatewayServer(options: GatewayServerOptions): Promise<GatewayServer> {
  return await listen(options.gateway, createNodeHandler(options), options);
}

/** Serves a gateway's routes on a port of their own. */
export async function listen(
  gateway: Gateway,
  handler: NodeHandler,
  { host = "127.0.0.1", port = 8001 }: ListenOptions,
): Promise<GatewayServer> {
  const server = createServer((request, response) => void handler(request, response));
  // Centrifugo keeps idle connections open without a limit. With Node's default of 5 s a request can
  // meet a socket that is just closing, and its call fails with error 100.
  server.keepAliveTimeout = 120_000;
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address() as AddressInfo;

  async function stop({ graceMs = 0 }: CloseOptions): Promise<void> {
    await gateway.leave(graceMs);
    // The others are closed after their next response.
    server.closeIdleConnections();
    await gateway.close();
    const closed = once(server, "close");
    server.close();
    server.closeIdleConnections();
    // A connection that has not carried a request yet does not count as idle.
    const timer = setTimeout(() => server.closeAllConnections(), LAST_RESPONSES_MS);
    await closed;
    clearTimeout(timer);
  }

  let stopped: Promise<void> | undefined;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    close: (closing = {}) => (stopped ??= stop(closing)),
  };
}
