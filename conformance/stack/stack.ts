import { startBroker } from "centrifugo-rpc/broker";
import {
  centrifugoConfig,
  createBrokerApi,
  createCentrifugoApi,
  createGateway,
  createToken,
  createTracing,
  MESSAGE_SIZE_LIMIT,
  startGatewayServer,
  type Gateway,
  type GatewayServer,
  type Publisher,
} from "centrifugo-rpc/gateway";
import { createRouter, type Contract, type MessagePublisher } from "centrifugo-rpc";
import { PAGE_ORIGINS } from "./browser-link.js";
import { freePort } from "../../testing/ports.js";
import { startCentrifugo } from "../../testing/processes/centrifugo.js";
import { startHandlers, type EventLog, type SuiteHandlers } from "./handlers.js";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.js";

/** Handlers, gateway and broker, reached through a proxy that can cut connections. */
export interface Stack {
  /** The WebSocket URL, through the proxy. */
  readonly url: string;
  readonly network: TcpProxy;
  readonly events: EventLog;
  /** Of the methods that the gateway serves. */
  contract(): Contract;
  /** The gateway's. */
  readonly publisher: MessagePublisher;
  token(
    userId: string,
    options?: { expiresIn?: number; meta?: Record<string, unknown> },
  ): Promise<string>;
  /** The gateway answers the next request of a method with an error of this code. */
  refuseNext(method: string, code: number): void;
  /** One command of Centrifugo's server API. */
  api(method: string, params: object): Promise<unknown>;
  close(): Promise<void>;
}

/** Settings of Centrifugo's `client`, beside those that every stack has. */
export interface ClientSettings {
  /** More of `client.token`. */
  token?: Readonly<Record<string, string | number>>;
  /** How long after its end a connection may still be refreshed. */
  expired_close_delay?: string;
}

/** The HMAC secret of every stack. */
export const SUITE_HMAC_SECRET = "suite-hmac-secret";

const secrets = { tokenHmacSecret: SUITE_HMAC_SECRET, apiKey: "suite-api-key" };
const allowedOrigins = [PAGE_ORIGINS];
const proxySecret = "suite-proxy-secret";

/** Replies that take longer come on the user's channel: short, so that cases need not wait. */
const INLINE_TIMEOUT_MS = 50;

/** The embedded broker, with the gateway in process. */
export async function startEmbeddedStack(
  client: ClientSettings = {},
  start: () => Promise<SuiteHandlers> = startHandlers,
): Promise<Stack> {
  const handlers = await start();
  const api = createBrokerApi({ api: (method, params) => broker.api(method, params) });
  const gateway = await suiteGateway(handlers, api);
  const broker = await startBroker({
    config: suiteConfig(client, { gatewayUrl: "http://127.0.0.1" }),
    backend: gateway,
    port: 0,
  });
  const port = Number(new URL(broker.apiUrl).port);
  return await stackOver({ port, close: () => broker.close() }, handlers, gateway, () =>
    gateway.close({ drainMs: 0 }),
  );
}

/** A real Centrifugo, with the gateway as a service of its own. */
export async function startCentrifugoStack(
  binary: string,
  client: ClientSettings = {},
  start: () => Promise<SuiteHandlers> = startHandlers,
  redisAddress?: string,
): Promise<Stack> {
  const handlers = await start();
  const port = await freePort();
  const api = createCentrifugoApi({ url: `http://127.0.0.1:${port}/api`, apiKey: secrets.apiKey });
  const gateway = await suiteGateway(handlers, api);
  const server = await startGatewayServer({ gateway, proxySecret, port: 0 });
  const place = { port, gatewayUrl: server.url, ...(redisAddress && { redisAddress }) };
  const config = suiteConfig(client, place);
  const centrifugo = await startCentrifugo(binary, config);
  return await stackOver({ port, close: () => centrifugo.close() }, handlers, gateway, () =>
    closeAtOnce(gateway, server),
  );
}

function suiteConfig(
  more: ClientSettings,
  place: { port?: number; gatewayUrl: string; redisAddress?: string },
) {
  const config = centrifugoConfig({ ...secrets, ...place, proxySecret, allowedOrigins });
  const token = { ...config.client.token, ...more.token };
  return { ...config, client: { ...config.client, ...more, token } };
}

async function closeAtOnce(gateway: Gateway, server: GatewayServer): Promise<void> {
  await gateway.close({ drainMs: 0 });
  await server.close();
}

type SuiteGateway = Gateway & Pick<Stack, "refuseNext">;

/** A gateway that records `pending` with the key of a `slow.held` call when it answers so. */
async function suiteGateway(
  { methods, contract, events }: SuiteHandlers,
  publisher: Publisher,
): Promise<SuiteGateway> {
  const refusals = new Map<string, number>();
  const tracing = await createTracing();
  const gateway = createGateway({
    router: createRouter(methods),
    publisher,
    inlineTimeoutMs: INLINE_TIMEOUT_MS,
    maxMessageBytes: MESSAGE_SIZE_LIMIT,
    contract,
    tracing,
  });
  const rpc = gateway.rpc.bind(gateway);
  return Object.assign(gateway, {
    refuseNext: (method: string, code: number) => void refusals.set(method, code),
    async rpc(request: Parameters<typeof rpc>[0]) {
      const code = refusals.get(request.method);
      if (refusals.delete(request.method)) return { error: { code: code!, message: "refused" } };
      const response = await rpc(request);
      const { pending } = (response.result?.data ?? {}) as { pending?: boolean };
      const { params } = (request.data ?? {}) as { params?: { key?: string } };
      if (pending && params?.key) events.add("pending", params.key);
      return response;
    },
  });
}

async function stackOver(
  broker: { port: number; close(): Promise<void> },
  handlers: SuiteHandlers,
  { publisher, refuseNext }: SuiteGateway,
  closeGateway: () => Promise<void>,
): Promise<Stack> {
  const network = await startTcpProxy(broker.port);
  return {
    url: `ws://127.0.0.1:${network.port}/connection/websocket`,
    network,
    events: handlers.events,
    contract: handlers.contract,
    publisher,
    refuseNext,
    token: (userId, options) =>
      createToken({ secret: secrets.tokenHmacSecret, userId, ...options }),
    async api(method, params) {
      const response = await fetch(`http://127.0.0.1:${broker.port}/api/${method}`, {
        method: "POST",
        headers: { "X-API-Key": secrets.apiKey },
        body: JSON.stringify(params),
      });
      return await response.json();
    },
    async close() {
      await closeGateway();
      await handlers.close();
      await network.close();
      await broker.close();
    },
  };
}
