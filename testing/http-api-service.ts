// The HTTP API as a service, on the embedded broker or a real Centrifugo. Every answer is checked
// against the OpenAPI document that the service itself serves.
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { startBroker, type Broker } from "../src/broker/index.js";
import { CallLogError } from "../src/call-log/index.js";
import {
  centrifugoConfig,
  createBrokerApi,
  createCentrifugoApi,
  createFetchHandler,
  createGateway,
  startGatewayServer,
  type BrokerApi,
  type Gateway,
  type RefusedRequest,
  type HttpApiOptions,
} from "../src/gateway/index.js";
import { createRouter, Registry, type Logger } from "../src/handlers/index.js";
import { freePort } from "./ports.js";
import { startCentrifugo } from "./processes/centrifugo.js";
import { RawClient } from "./raw-client.js";
import { SECRET } from "./tokens.js";
import { findCentrifugo } from "./toolchains.js";

export const API_KEY = "the-api-key";
export const PREVIOUS_API_KEY = "the-previous-api-key";
export const JSON_TYPE = { "Content-Type": "application/json" };
const PROXY_SECRET = "p";
/** The headers of a request that is allowed. */
export const KEYED = { "X-API-Key": API_KEY, ...JSON_TYPE };

/** What the tests read of the document. */
export interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

interface Operation {
  parameters?: { name: string }[];
  /** Empty: it needs no key. */
  security?: object[];
  responses: Record<string, { content: Record<string, { schema: object }> }>;
}

export interface Answer {
  status: number;
  headers: IncomingMessage["headers"];
  text: string;
}

const services: Omit<HttpApiOptions, "broker"> = {
  apiKey: API_KEY,
  previousApiKey: PREVIOUS_API_KEY,
  tokenHmacSecret: SECRET,
  contract: () => ({ contract: 1, methods: [{ name: "tasks.get_stats" }] }),
  metrics: { contentType: "text/plain; version=0.0.4", text: async () => "up 1\n" },
  callLog: {
    status: () => ({ state: "failing", written: 0, dropped: 0, backlog: 3 }),
    async query({ cursor } = {}) {
      if (cursor !== undefined) throw new CallLogError("the database is away");
      return { rows: [] };
    },
  },
};

const binary = findCentrifugo();

/** How to start the service on each broker; undefined if it is not installed. */
export const BROKERS = {
  "the embedded broker": () => startService(embedded),
  Centrifugo: binary === undefined ? undefined : () => startService(() => realCentrifugo(binary)),
};

/** A broker that is not started yet: it needs the gateway, which needs its API. */
interface FutureBroker {
  readonly api: BrokerApi;
  /** Starts it. The URL is that of clients. */
  start(gatewayUrl: string, gateway: Gateway): Promise<{ url: string; close(): Promise<void> }>;
}

const configFor = (gatewayUrl: string, port = 0) =>
  centrifugoConfig({
    port,
    tokenHmacSecret: SECRET,
    apiKey: "k",
    gatewayUrl,
    proxySecret: PROXY_SECRET,
  });

async function embedded(): Promise<FutureBroker> {
  let broker: Broker;
  return {
    api: createBrokerApi({ api: (method, params) => broker.api(method, params) }),
    async start(gatewayUrl, gateway) {
      broker = await startBroker({ config: configFor(gatewayUrl), backend: gateway, port: 0 });
      return broker;
    },
  };
}

async function realCentrifugo(program: string): Promise<FutureBroker> {
  const port = await freePort();
  return {
    api: createCentrifugoApi({ url: `http://127.0.0.1:${port}/api`, apiKey: "k" }),
    async start(gatewayUrl) {
      const centrifugo = await startCentrifugo(program, configFor(gatewayUrl, port));
      return { ...centrifugo, url: `ws://127.0.0.1:${port}/connection/websocket` };
    },
  };
}

/** Starts the API with all its routes. */
export async function startService(prepare: () => Promise<FutureBroker> = embedded) {
  const logged: unknown[] = [];
  const refused: RefusedRequest[] = [];
  const clients: RawClient[] = [];
  const write = (...line: unknown[]): void => void logged.push(...line);
  const log: Logger = { debug: write, info: write, warn: write, error: write, child: () => log };

  const { api, start } = await prepare();
  const gateway = createGateway({
    router: createRouter(new Registry()),
    publisher: api,
    observers: [{ requestRefused: (request) => void refused.push(request) }],
    log,
  });
  const httpApi = { ...services, broker: api };
  const server = await startGatewayServer({
    gateway,
    proxySecret: PROXY_SECRET,
    port: 0,
    httpApi,
    log,
  });
  const broker = await start(server.url, gateway);
  const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as OpenApi;
  const check = answerChecker(document);

  /** A request as it is: `fetch` would not send every path and header. */
  async function send(
    method: string,
    path: string,
    { headers = {}, body = "" }: { headers?: Record<string, string>; body?: string } = {},
  ): Promise<Answer> {
    const request = httpRequest(`${server.url}${path}`, { method, headers });
    // The server may close before it has read all.
    request.on("error", () => undefined);
    request.end(body);
    const [response] = (await once(request, "response")) as [IncomingMessage];
    const answer = {
      status: response.statusCode ?? 0,
      headers: response.headers,
      text: await text(response),
    };
    check(method, path.split("?")[0] ?? "", answer);
    return answer;
  }

  return {
    url: server.url,
    brokerUrl: broker.url,
    document,
    refused,
    /** What the gateway has logged, as one text. */
    logText: () => JSON.stringify(logged),
    send,

    async post(path: string, body: unknown) {
      const { status, text } = await send("POST", `/api/${path}`, {
        headers: KEYED,
        body: JSON.stringify(body),
      });
      return { status, body: JSON.parse(text) as object };
    },

    async get(path: string) {
      const { status, text } = await send("GET", path, { headers: KEYED });
      return { status, body: JSON.parse(text) as object };
    },

    /** The same API with other options, and what answers it without a server. */
    with(
      options: { [Option in keyof HttpApiOptions]?: HttpApiOptions[Option] | undefined },
      basePath = "",
    ): (path: string, init?: RequestInit) => Promise<Response> {
      const other = { ...httpApi, ...options } as HttpApiOptions;
      const handler = createFetchHandler({
        gateway,
        proxySecret: PROXY_SECRET,
        httpApi: other,
        basePath,
      });
      return (path, init) => handler(new Request(`http://x${path}`, init));
    },

    /** The gateway without the API. */
    without: createFetchHandler({ gateway, proxySecret: PROXY_SECRET }),

    async subscriber(user: string, channel: string): Promise<RawClient> {
      const client = await RawClient.connect(broker.url, user);
      clients.push(client);
      const reply = await client.call({ subscribe: { channel } });
      if (!("subscribe" in reply)) throw new Error(JSON.stringify(reply));
      return client;
    },

    async close(): Promise<void> {
      for (const client of clients) client.close();
      await server.close();
      await broker.close();
    },
  };
}

export type Service = Awaited<ReturnType<typeof startService>>;

/** Acknowledges the client's next publication like a generated client. Returns the reply's data. */
export async function acknowledgeNext(client: RawClient): Promise<unknown> {
  const { pub } = (await client.push()) as { pub: { tags: Record<string, string> } };
  const data = { $rpc: 1, message_id: pub.tags["rpc_message_id"], subscriber_id: "s" };
  const reply = await client.call({ rpc: { method: "$rpc.ack", data } });
  return (reply as { rpc?: { data: unknown } }).rpc?.data;
}

/** Throws if the document has the route of an answer, but not the form of the answer. */
function answerChecker(document: OpenApi) {
  const ajv = new Ajv2020({ strict: false });
  (addFormats as unknown as (to: Ajv2020) => void)(ajv);
  ajv.addSchema({ ...document, $id: "openapi" });
  const compiled = new Map<string, ValidateFunction>();

  return (method: string, path: string, { status, text }: Answer): void => {
    const operation = document.paths[path]?.[method.toLowerCase()];
    if (!operation) return;
    const response = operation.responses[status];
    if (!response) throw new Error(`${method} ${path}: status ${status} is not in the document`);
    const schema = response.content["application/json"]?.schema as { $ref: string } | undefined;
    if (!schema) return;
    const matches = compiled.get(schema.$ref) ?? ajv.compile({ $ref: `openapi${schema.$ref}` });
    compiled.set(schema.$ref, matches);
    if (matches(JSON.parse(text))) return;
    throw new Error(`${method} ${path}: ${ajv.errorsText(matches.errors)} in ${text}`);
  };
}
