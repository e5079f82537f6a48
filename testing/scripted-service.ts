import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { text } from "node:stream/consumers";
import { vi } from "vitest";
import type { Contract, ContractMethod } from "../src/protocol/index.js";
import { sign, type SignedRoute } from "../src/gateway/services/signature.js";

/** A call as the service received it. */
export interface ReceivedCall {
  readonly headers: IncomingHttpHeaders;
  readonly body: {
    readonly method: string;
    readonly params?: unknown;
    readonly timeout_ms: number;
    readonly [field: string]: unknown;
  };
  /** Settles when the connection of the request is closed. */
  readonly closed: Promise<void>;
}

/** Answers a request, or leaves it open. */
export type Answer<Request> = (response: ServerResponse, request: Request) => void;

/** A handler service whose answers the test sets. */
export class ScriptedService {
  readonly secret = "the secret of the services";
  readonly calls: ReceivedCall[] = [];
  /** The `If-None-Match` of each request for the contract. */
  readonly contractRequests: (string | undefined)[] = [];
  /** The bodies of the cancellations. */
  readonly cancellations: unknown[] = [];
  /** The epoch of the calls that it remembers, if it does. */
  epoch: string | undefined;
  /** Unsigned or wrongly signed requests. */
  refused = 0;
  connections = 0;
  /** Default: the params are the result. The header with the call's ID is set before. */
  onCall: Answer<ReceivedCall> = (response, { body }) => {
    sendJson(response, 200, { result: body.params ?? null }, { "X-RPC-Contract": this.etag });
  };
  /** Default: {@link contract}, with its entity tag. */
  onContract: Answer<string | undefined> = (response, ifNoneMatch) => {
    if (this.epoch !== undefined) response.setHeader("X-RPC-Epoch", this.epoch);
    if (ifNoneMatch === this.etag) response.writeHead(304, { ETag: this.etag }).end();
    else sendJson(response, 200, this.contract, { ETag: this.etag });
  };
  contract: Contract;
  etag = '"1"';
  readonly #path: string;
  #server: Server | undefined;
  #port = 0;
  #seen = 0;

  private constructor(methods: readonly ContractMethod[], path: string) {
    this.contract = { contract: 1, methods: [...methods] };
    this.#path = path;
  }

  /** Starts a service with methods: a name alone stands for {@link anyMethod}. */
  static async start(
    methods: readonly (string | ContractMethod)[],
    { path = "/rpc", listening = true } = {},
  ): Promise<ScriptedService> {
    const all = methods.map((method) => (typeof method === "string" ? anyMethod(method) : method));
    const service = new ScriptedService(all, path);
    await service.listen();
    if (!listening) await service.stop();
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}${this.#path}`;
  }

  /** Replaces its methods. */
  change(...methods: (string | ContractMethod)[]): void {
    const all = methods.map((method) => (typeof method === "string" ? anyMethod(method) : method));
    this.contract = { contract: 1, methods: all };
    this.etag = `"${Number(this.etag.slice(1, -1)) + 1}"`;
  }

  /** Listens; the second time on the same port. */
  async listen(): Promise<void> {
    const server = createServer((request, response) => {
      const route = request.url?.slice(this.#path.length + 1) as SignedRoute;
      void text(request).then((body) => this.#answer(route, request.headers, body, response));
    });
    server.on("connection", () => this.connections++);
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    const stopped = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await stopped;
  }

  /** The next call, in the order of their arrival. */
  async nextCall(): Promise<ReceivedCall> {
    const next = (): ReceivedCall | undefined => this.calls[this.#seen];
    const call = await vi.waitUntil(next, { timeout: 5000, interval: 5 });
    this.#seen++;
    return call;
  }

  #answer(
    route: SignedRoute,
    headers: IncomingHttpHeaders,
    body: string,
    response: ServerResponse,
  ): void {
    const timestamp = Number(headers["x-rpc-timestamp"]);
    const isFresh = Math.abs(Date.now() / 1000 - timestamp) < 300;
    if (!isFresh || headers["x-rpc-signature"] !== sign(this.secret, timestamp, route, body)) {
      this.refused++;
      response.writeHead(401).end();
    } else if (route === "contract") {
      this.contractRequests.push(headers["if-none-match"]);
      this.onContract(response, headers["if-none-match"]);
    } else if (route === "cancel") {
      this.cancellations.push(JSON.parse(body));
      sendJson(response, 200, { cancelled: true });
    } else {
      const closed = new Promise<void>((resolve) => response.once("close", resolve));
      const call = { headers, body: JSON.parse(body) as ReceivedCall["body"], closed };
      this.calls.push(call);
      response.setHeader("X-RPC-Correlation-Id", String(call.body["correlation_id"]));
      this.onCall(response, call);
    }
  }
}

/** A method whose params and result may be anything. */
export function anyMethod(name: string): ContractMethod {
  return { name, params: {}, result: {} };
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "Content-Type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

/** Closes the connection of a request without an answer. */
export function hangUp(response: ServerResponse): void {
  (response.socket as Socket).destroy();
}
