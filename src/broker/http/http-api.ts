import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { apiMethods } from "./api-methods.js";
import { apiRequests, type ApiMethod } from "./api-requests.js";
import { CommandError, ERRORS } from "../protocol/codes.js";
import { withoutTrailingSlash } from "../../protocol/index.js";
import type { BrokerCore } from "../core.js";
import { readJson, type Field } from "../protocol/go-json.js";
import { encodeJson } from "../protocol/raw-json.js";

/** The target of a request line. */
export interface Target {
  path: string;
  query: URLSearchParams;
}

/** Unlike `URL`, never throws, whatever the client sent. */
export function targetOf({ url = "/" }: IncomingMessage): Target {
  const end = url.indexOf("?");
  if (end === -1) return { path: url, query: new URLSearchParams() };
  return { path: url.slice(0, end), query: new URLSearchParams(url.slice(end)) };
}

const BAD_REQUEST = Symbol("the body is not a valid request");

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
      // A byte order mark is kept: it makes the body invalid.
      const body = (await buffer(request)).toString();
      sendJson(response, { result: await this.#call(method, body) });
    } catch (error) {
      if (error === BAD_REQUEST) return sendText(response, 400, "Bad Request\n");
      if (!(error instanceof CommandError)) throw error;
      sendJson(response, { error: { code: error.code, message: error.message } });
    }
  }

  /**
   * Runs one method in process and returns its result as plain JSON.
   *
   * @throws CommandError
   */
  async run(method: string, params: object): Promise<unknown> {
    if (!Object.hasOwn(apiRequests, method)) throw ERRORS.methodNotFound;
    try {
      const result = await this.#call(method as ApiMethod, JSON.stringify(params));
      return JSON.parse(encodeJson(result));
    } catch (error) {
      throw error === BAD_REQUEST ? ERRORS.badRequest : error;
    }
  }

  #methodOf(path: string): ApiMethod | undefined {
    const prefix = `${withoutTrailingSlash(this.#core.config.http_api.handler_prefix)}/`;
    if (!path.startsWith(prefix)) return undefined;
    const name = path.slice(prefix.length);
    return Object.hasOwn(apiRequests, name) ? (name as ApiMethod) : undefined;
  }

  /** As in Centrifugo, the `Authorization` header does not count if there is an `X-API-Key`. */
  #authorized(request: IncomingMessage, query: URLSearchParams): boolean {
    const { key } = this.#core.config.http_api;
    if (key === "") return false;
    const header = request.headers["x-api-key"];
    const [, fromAuthorization] =
      /^\s*apikey\s+(\S+)\s*$/i.exec(request.headers.authorization ?? "") ?? [];
    const given = typeof header === "string" && header !== "" ? header : fromAuthorization;
    const inQuery = query.get("api_key");
    return isSame(given ?? "", key) || isSame(inQuery ?? "", key);
  }

  async #call(method: ApiMethod, body: string): Promise<object> {
    const handler = this.#methods[method] as (params: object) => object | Promise<object>;
    return handler(decode(apiRequests[method], body));
  }
}

function decode(field: Field<object>, body: string): object {
  try {
    return readJson(field, body);
  } catch {
    throw BAD_REQUEST;
  }
}

/** Compares in constant time, whatever the texts and their lengths. */
function isSame(left: string, right: string): boolean {
  const digest = (value: string) => createHash("sha256").update(value).digest();
  return timingSafeEqual(digest(left), digest(right));
}

export function sendText(response: ServerResponse, status: number, body = ""): void {
  response.writeHead(status, body === "" ? {} : { "content-type": "text/plain; charset=utf-8" });
  response.end(body);
}

function sendJson(response: ServerResponse, body: object): void {
  response.setHeader("content-type", "application/json").end(encodeJson(body));
}
