import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text as readText } from "node:stream/consumers";
import { apiMethods } from "./api-methods.js";
import { apiRequests, batchRequest, type ApiMethod } from "./api-requests.js";
import { CommandError, ERRORS } from "../protocol/codes.js";
import type { BrokerCore } from "../core.js";
import { encodeJson } from "../protocol/raw-json.js";

/** The HTTP status of an API error in the "transport" error mode. */
const STATUS_OF_ERROR = new Map([
  [102, 404],
  [104, 404],
  [107, 400],
  [108, 400],
  [112, 416],
]);

/** What a request line asks for. */
export interface Target {
  path: string;
  query: URLSearchParams;
}

/** Never throws, unlike `URL`: clients write what they like. */
export function targetOf({ url = "/" }: IncomingMessage): Target {
  const end = url.indexOf("?");
  if (end === -1) return { path: url, query: new URLSearchParams() };
  return { path: url.slice(0, end), query: new URLSearchParams(url.slice(end)) };
}

const BAD_REQUEST = Symbol("a body that is no request");

/** Centrifugo's server API: https://centrifugal.dev/docs/server/server_api */
export class HttpApi {
  readonly #core: BrokerCore;
  readonly #methods: ReturnType<typeof apiMethods>;

  constructor(core: BrokerCore, nodeId: string) {
    this.#core = core;
    this.#methods = apiMethods(core, nodeId);
  }

  /** Whether the path is a method of the API. */
  serves({ path }: Target): boolean {
    return this.#methodOf(path) !== undefined;
  }

  async handle(request: IncomingMessage, response: ServerResponse, target: Target): Promise<void> {
    const method = this.#methodOf(target.path)!;
    if (request.method !== "POST") return sendText(response, 405);
    if (!this.#authorized(request, target.query)) return sendText(response, 401);
    try {
      const body = await readText(request);
      const json = parseBody(body);
      const result =
        method === "batch"
          ? await this.#batch(body, json)
          : await this.#call(method, body, json, []);
      sendJson(response, 200, method === "batch" ? result : { result });
    } catch (error) {
      if (error === BAD_REQUEST) return sendText(response, 400, "Bad Request\n");
      if (!(error instanceof CommandError)) throw error;
      this.#sendError(request, response, error);
    }
  }

  /**
   * Runs one method in process, and gives its result as plain JSON.
   *
   * @throws CommandError
   */
  async run(method: string, params: object): Promise<unknown> {
    if (!Object.hasOwn(apiRequests, method)) throw ERRORS.methodNotFound;
    const body = JSON.stringify(params);
    try {
      const result = await this.#call(method as ApiMethod, body, JSON.parse(body), []);
      return JSON.parse(encodeJson(result));
    } catch (error) {
      throw error === BAD_REQUEST ? ERRORS.badRequest : error;
    }
  }

  #methodOf(path: string): ApiMethod | "batch" | undefined {
    const { disabled, handler_prefix } = this.#core.config.http_api;
    const prefix = `${handler_prefix.replace(/\/+$/, "")}/`;
    if (disabled || !path.startsWith(prefix)) return undefined;
    const name = path.slice(prefix.length);
    if (name === "batch") return name;
    return Object.hasOwn(apiRequests, name) ? (name as ApiMethod) : undefined;
  }

  /** As in Centrifugo, a wrong `X-API-Key` is not made good by an `Authorization` header. */
  #authorized(request: IncomingMessage, query: URLSearchParams): boolean {
    const { key, insecure } = this.#core.config.http_api;
    if (insecure) return true;
    if (key === "") return false;
    const header = request.headers["x-api-key"];
    const [, fromAuthorization] =
      /^\s*apikey\s+(\S+)\s*$/i.exec(request.headers.authorization ?? "") ?? [];
    const given = typeof header === "string" && header !== "" ? header : fromAuthorization;
    const inQuery = query.get("api_key");
    return isSame(given ?? "", key) || isSame(inQuery ?? "", key);
  }

  async #call(
    method: ApiMethod,
    body: string,
    json: unknown,
    path: readonly (string | number)[],
  ): Promise<object> {
    const parsed = apiRequests[method].safeParse(json);
    if (!parsed.success) throw BAD_REQUEST;
    const handler = this.#methods[method] as (request: object) => object | Promise<object>;
    return handler({ params: parsed.data, body, path });
  }

  /** Runs the commands in order, `parallel` or not: each is done at once. */
  async #batch(body: string, json: unknown): Promise<object> {
    const parsed = batchRequest.safeParse(json);
    if (!parsed.success) throw BAD_REQUEST;
    const replies: object[] = [];
    for (const [index, command] of parsed.data.commands.entries()) {
      replies.push(await this.#batchCommand(body, command, index));
    }
    return replies.length > 0 ? { replies } : {};
  }

  async #batchCommand(
    body: string,
    command: Record<string, unknown> | null,
    index: number,
  ): Promise<object> {
    const methods = Object.keys(apiRequests) as ApiMethod[];
    const method = methods.find((name) => command?.[name] != null);
    try {
      if (command === null) throw new CommandError(107, "bad request");
      if (method === undefined) throw new CommandError(104, "not found");
      const result = await this.#call(method, body, command[method], ["commands", index, method]);
      return { [method]: result };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return { error: { code: error.code, message: error.message } };
    }
  }

  #sendError(request: IncomingMessage, response: ServerResponse, error: CommandError): void {
    const { code, message } = error;
    const transportMode =
      this.#core.config.http_api.error_mode === "transport" ||
      request.headers["x-centrifugo-error-mode"] === "transport";
    if (!transportMode) return sendJson(response, 200, { error: { code, message } });
    sendJson(response, STATUS_OF_ERROR.get(code) ?? 500, { code, message });
  }
}

function parseBody(body: string): unknown {
  try {
    return JSON.parse(body) ?? {};
  } catch {
    throw BAD_REQUEST;
  }
}

/** Compares in a time that does not depend on where the texts differ, nor on their lengths. */
function isSame(left: string, right: string): boolean {
  const digest = (value: string) => createHash("sha256").update(value).digest();
  return timingSafeEqual(digest(left), digest(right));
}

export function sendText(response: ServerResponse, status: number, body = ""): void {
  response.writeHead(status, body === "" ? {} : { "content-type": "text/plain; charset=utf-8" });
  response.end(body);
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(encodeJson(body));
}
