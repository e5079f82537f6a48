// A broker and a gateway that has one method itself and routes the project's methods to it.
import { loadConfig, Registry, websocketRpc } from "centrifugo-rpc";
import { startBroker } from "centrifugo-rpc/broker";
import {
  centrifugoConfig,
  composeGateway,
  createBrokerApi,
  createCentrifugoApi,
  createToken,
  type BrokerApi,
  type ComposedGateway,
} from "centrifugo-rpc/gateway";
import { z } from "zod";
import { freePort } from "../../../testing/ports.js";
import { startCentrifugo } from "../../../testing/processes/centrifugo.js";
import { findCentrifugo } from "../../../testing/toolchains.js";
import { SERVICE_SECRET } from "./service.js";

const secrets = { tokenHmacSecret: "the-hmac-secret-of-this-test", apiKey: "api-key" };
const proxySecret = "proxy-secret";
const wrapperApiKey = "wrapper-api-key";

/** Short, because tests wait for the gateway to notice changes. */
const POLL_MS = 100;

/** A gateway and a broker. */
export interface Stack {
  /** The WebSocket URL. */
  readonly url: string;
  readonly methods: ComposedGateway["methods"];
  token(userId: string): Promise<string>;
  close(): Promise<void>;
}

/** The URL of the project's service, and the port of the gateway through which it publishes. */
export interface Places {
  readonly serviceUrl: string;
  readonly gatewayPort: number;
}

/** The variables with which the service finds the gateway. */
export function serviceVariables({ gatewayPort }: Places): NodeJS.ProcessEnv {
  return {
    CENTRIFUGO_URL: "ws://localhost/connection/websocket",
    CENTRIFUGO_API_URL: "http://localhost/api",
    CENTRIFUGO_API_KEY: secrets.apiKey,
    CENTRIFUGO_TOKEN_HMAC_SECRET: secrets.tokenHmacSecret,
    CENTRIFUGO_WRAPPER_URL: `http://127.0.0.1:${gatewayPort}`,
    CENTRIFUGO_WRAPPER_API_KEY: wrapperApiKey,
  };
}

const centrifugo = findCentrifugo();

/** Starts a gateway with each broker; undefined if the broker is not installed. */
export const brokers: Record<string, ((places: Places) => Promise<Stack>) | undefined> = {
  "embedded broker": startEmbedded,
  Centrifugo:
    centrifugo === undefined ? undefined : (places) => startBesideCentrifugo(centrifugo, places),
};

async function startEmbedded(places: Places): Promise<Stack> {
  const api = createBrokerApi({ api: (method, params) => broker.api(method, params) });
  const { gateway, url } = await startGateway(api, places);
  const broker = await startBroker({
    config: centrifugoConfig({ ...secrets, proxySecret, gatewayUrl: url }),
    backend: gateway.gateway,
    port: 0,
  });
  return stackOf(broker.url, broker, gateway);
}

async function startBesideCentrifugo(binary: string, places: Places): Promise<Stack> {
  const port = await freePort();
  const api = createCentrifugoApi({ url: `http://127.0.0.1:${port}/api`, apiKey: secrets.apiKey });
  const { gateway, url } = await startGateway(api, places);
  const config = centrifugoConfig({ ...secrets, proxySecret, gatewayUrl: url, port });
  const broker = await startCentrifugo(binary, config);
  return stackOf(`ws://127.0.0.1:${port}/connection/websocket`, broker, gateway);
}

async function startGateway(broker: BrokerApi, places: Places) {
  const handlers = new Registry();
  websocketRpc("gateway.ping", { result: z.string(), registry: handlers })(async () => "pong");
  const config = loadConfig({
    ...serviceVariables(places),
    CENTRIFUGO_PROXY_SECRET: proxySecret,
    CENTRIFUGO_HANDLER_SERVICES: places.serviceUrl,
    CENTRIFUGO_HANDLER_SERVICE_SECRET: SERVICE_SECRET,
    CENTRIFUGO_LOG_ALL_CALLS: "false",
    CENTRIFUGO_LOG_ONLY_WITH_ACK: "false",
    CENTRIFUGO_LOG_LEVEL: "NONE",
  });
  const gateway = await composeGateway({ config, handlers, broker, services: { pollMs: POLL_MS } });
  const { url } = await gateway.listen({ port: places.gatewayPort });
  return { gateway, url };
}

function stackOf(url: string, broker: { close(): Promise<void> }, gateway: ComposedGateway): Stack {
  return {
    url,
    methods: gateway.methods,
    token: (userId) => createToken({ secret: secrets.tokenHmacSecret, userId }),
    async close() {
      await gateway.close();
      await broker.close();
    },
  };
}
