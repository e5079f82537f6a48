import { ErrorCode } from "../../protocol/index.js";
import type { Logger } from "../../handlers/index.js";
import { brokerError } from "../centrifugo/api-error.js";
import type { Gateway } from "../gateway.js";
import {
  failure,
  jsonResponse,
  unreadBody,
  type HttpRequest,
  type HttpResponse,
  type HttpRoute,
} from "../http/http-message.js";
import { readJson } from "../http/json-body.js";
import { MessageArgumentError } from "../publishing/message-checks.js";
import type { RefusedRequest } from "../observability/observer.js";
import { readData } from "../calls/read-envelope.js";
import { checkHeaderSecret, isOneOf } from "../http/secret.js";
import { openApiDocument } from "./openapi.js";
import type { ApiRoute } from "./route.js";
import { apiRoutes, type ApiServices } from "./routes.js";

/** What the HTTP API works with; see docs/http-api.md. */
export interface HttpApiOptions extends ApiServices {
  /** What requests carry in the header `X-API-Key`: printable ASCII characters. */
  apiKey: string;
  /** A second key that is taken while callers change to a new one. Default: none. */
  previousApiKey?: string | undefined;
  /** How many POST requests are answered at a time; those that wait count. Default 1000. */
  maxRequests?: number;
}

/** Where the API is, and who reads its log. */
export interface HttpApiPlace {
  basePath: string;
  log: Logger;
}

/**
 * The routes of the HTTP API.
 *
 * @throws TypeError for a key that no header can carry.
 */
export function httpApiRoutes(
  gateway: Gateway,
  options: HttpApiOptions,
  { basePath, log }: HttpApiPlace,
): HttpRoute[] {
  const { apiKey, previousApiKey, maxRequests = 1000 } = options;
  checkHeaderSecret("the API key of the gateway", apiKey);
  if (previousApiKey) checkHeaderSecret("the previous API key of the gateway", previousApiKey);
  const keys = previousApiKey ? [apiKey, previousApiKey] : [apiKey];
  const routes = apiRoutes(gateway, options);
  let running = 0;

  function refuse(
    reason: RefusedRequest["reason"],
    response: HttpResponse,
    path: string,
  ): HttpResponse {
    gateway.observers.requestRefused({ routes: "api", reason });
    log.warn({ path, reason }, "request to the HTTP API refused");
    return response;
  }

  async function read(route: ApiRoute, { path, query }: HttpRequest): Promise<HttpResponse> {
    try {
      return await route.handle(undefined, query);
    } catch (error) {
      return errorResponse(error, path, log);
    }
  }

  async function answer(route: ApiRoute, request: HttpRequest): Promise<HttpResponse> {
    const { path } = request;
    if (!route.open && !isOneOf(keyOf(request), keys)) {
      const response = failure(401, "the X-API-Key header is missing or wrong");
      return refuse("unauthenticated", response, path);
    }
    if (!route.body) return await read(route, request);
    if (running >= maxRequests) {
      const response = failure(429, `more than ${maxRequests} requests at a time`);
      return refuse("rate_limited", { ...response, headers: { "Retry-After": "1" } }, path);
    }
    running++;
    try {
      if (!isJson(request.header("content-type"))) {
        const text = "send JSON, with the header Content-Type: application/json";
        return refuse("malformed", failure(415, text, ErrorCode.invalid_params), path);
      }
      const body = await readJson(request.body);
      if ("unread" in body) {
        const reason = body.unread === "too_large" ? "too_large" : "malformed";
        return refuse(reason, unreadBody(body.unread), path);
      }
      return await route.handle(readData(route.body, body.value), request.query);
    } catch (error) {
      return errorResponse(error, path, log);
    } finally {
      running--;
    }
  }

  const served = routes.map((route) => ({
    method: route.method,
    path: route.path,
    handle: async (request: HttpRequest) => withHeaders(await answer(route, request)),
  }));
  const document = JSON.stringify(openApiDocument(routes, basePath));
  return [
    ...served,
    {
      method: "GET",
      path: "/openapi.json",
      handle: async () => withHeaders({ status: 200, body: document }),
    },
  ];
}

/** `X-API-Key`, else `Authorization: Bearer`, which is what Prometheus can send. */
function keyOf(request: HttpRequest): string | undefined {
  const [, bearer] = /^Bearer +(.+)$/i.exec(request.header("authorization") ?? "") ?? [];
  return request.header("x-api-key") ?? bearer;
}

function isJson(contentType = ""): boolean {
  return /^application\/json *(;|$)/i.test(contentType);
}

/** What was thrown as a response, and what is nobody's business into the log. */
function errorResponse(thrown: unknown, path: string, log: Logger): HttpResponse {
  if (thrown instanceof MessageArgumentError) return failure(thrown.code, thrown.message);
  const error = brokerError(thrown);
  if (error.code === ErrorCode.internal) log.error({ err: thrown, path }, "request failed");
  return jsonResponse(error.code, { error: error.toWire() });
}

/** Answers are for the caller alone, and never anything but what they say they are. */
function withHeaders(response: HttpResponse): HttpResponse {
  const headers = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" };
  return { ...response, headers: { ...headers, ...response.headers } };
}
