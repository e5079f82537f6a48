import { z } from "zod";
import { ArgumentError, RPCError, type RpcProxyRequest } from "../protocol/index.js";
import type { Logger } from "../handlers/index.js";
import { silentLogger } from "../handlers/index.js";
import type { Gateway } from "./gateway.js";
import { failure, jsonResponse, unreadBody, unreadError } from "./http/http-message.js";
import type { HttpRequest, HttpResponse, HttpRoute } from "./http/http-message.js";
import { readJson } from "./http/json-body.js";
import type { RefusedRequest } from "./observability/observer.js";
import { isOneOf } from "./http/secret.js";
import { httpApiRoutes, type HttpApiOptions } from "./http-api/api.js";

/** The header in which Centrifugo's proxy requests carry the secret. Set it as a static header. */
export const PROXY_SECRET_HEADER = "x-proxy-secret";

/** The options of the HTTP handlers. */
export interface HttpHandlerOptions {
  gateway: Gateway;
  /** The secret that proxy requests must carry, 1 character or more. */
  proxySecret: string;
  /** The HTTP API, see docs/http-api.md. Default: not served. */
  httpApi?: HttpApiOptions;
  /** The path in front of the routes, as in `/rpc`. Default: none. */
  basePath?: string;
  /** Default: no log. */
  log?: Logger;
}

/** Answers a request. Never rejects. */
export type HttpHandler = (request: HttpRequest) => Promise<HttpResponse>;

const connection = {
  client: z.string(),
  transport: z.string(),
  protocol: z.string(),
  encoding: z.string(),
  user: z.string().default(""),
  meta: z.unknown().optional(),
  data: z.unknown().optional(),
};
// Centrifugo leaves out what is empty.
const rpcRequest = z.object({ ...connection, method: z.string().default("") });
const publishRequest = z.object({ ...connection, channel: z.string().default("") });

/**
 * Answers the gateway's routes: `POST /centrifugo/rpc` and `POST /centrifugo/publish` for
 * Centrifugo's proxies, `GET /health`, and those of the HTTP API.
 *
 * @throws ArgumentError for an empty secret, which would let anyone be any caller, and for a base path
 * that matches no request.
 */
export function createHttpHandler(options: HttpHandlerOptions): HttpHandler {
  const { gateway, httpApi, basePath = "", log = silentLogger } = options;
  // Also `undefined`, from an environment that does not have it.
  if (!options.proxySecret) {
    throw new ArgumentError("proxySecret must not be empty: set CENTRIFUGO_PROXY_SECRET");
  }
  if (basePath !== "" && !/^(\/[^/]+)+$/.test(basePath)) {
    throw new ArgumentError(`basePath ${JSON.stringify(basePath)}: write it as in "/rpc"`);
  }
  const routes = new Map(
    [
      ...proxyRoutes(options, log),
      ...(httpApi ? httpApiRoutes(gateway, httpApi, { basePath, log }) : []),
      healthRoute(gateway),
    ].map((route) => [`${basePath}${route.path}`, route]),
  );

  async function answer(request: HttpRequest): Promise<HttpResponse> {
    const route = routes.get(request.path);
    if (!route) return failure(404, "route not found");
    if (request.method !== route.method) {
      return { ...failure(405, `use ${route.method}`, 400), headers: { Allow: route.method } };
    }
    try {
      return await route.handle(request);
    } catch (error) {
      log.error({ err: error, path: request.path }, "request failed");
      return failure(500, "internal error");
    }
  }

  return async (request) => {
    const response = await answer(request);
    if (!gateway.closesConnections()) return response;
    return { ...response, headers: { ...response.headers, Connection: "close" } };
  };
}

function proxyRoutes({ gateway, proxySecret }: HttpHandlerOptions, log: Logger): HttpRoute[] {
  async function answer<T>(
    request: HttpRequest,
    schema: z.ZodType<T>,
    ask: (body: T, request: HttpRequest) => Promise<object>,
  ): Promise<HttpResponse> {
    const refused = (reason: RefusedRequest["reason"]): void =>
      gateway.observers.requestRefused({ routes: "proxy", reason });
    if (!isOneOf(request.header(PROXY_SECRET_HEADER), [proxySecret])) {
      refused("unauthenticated");
      log.warn({ path: request.path }, "proxy request without the right secret");
      return failure(401, "the X-Proxy-Secret header is missing or wrong");
    }
    const body = await readJson(request.body);
    if ("unread" in body) {
      refused(body.unread === "too_large" ? "too_large" : "malformed");
      log.warn({ path: request.path, reason: body.unread }, "proxy request that cannot be read");
      // The caller sent it too deep; Centrifugo forwards this answer to the caller.
      if (body.unread === "too_deep") return jsonResponse(200, { error: unreadError("too_deep") });
      return unreadBody(body.unread);
    }
    const parsed = schema.safeParse(body.value);
    if (!parsed.success) {
      refused("malformed");
      log.warn({ path: request.path }, "malformed proxy request");
      return failure(400, "the request body is not a proxy request of Centrifugo");
    }
    return jsonResponse(200, await ask(parsed.data, request));
  }

  async function rpc(body: RpcProxyRequest, request: HttpRequest): Promise<object> {
    const { method, user: userId } = body;
    const isGone = (started: boolean): boolean => {
      const gone = request.gone();
      if (gone) gateway.observers.callerGone({ method, userId, started });
      return gone;
    };
    if (isGone(false)) return { error: RPCError.of("unavailable").toWire() };
    const response = await gateway.rpc(body);
    isGone(true);
    return response;
  }

  return [
    {
      method: "POST",
      path: "/centrifugo/rpc",
      handle: (request) => answer(request, rpcRequest, rpc),
    },
    {
      method: "POST",
      path: "/centrifugo/publish",
      handle: (request) => answer(request, publishRequest, (body) => gateway.publish(body)),
    },
  ];
}

/** 503 while the gateway stops, so that a load balancer sends calls elsewhere. */
function healthRoute(gateway: Gateway): HttpRoute {
  return {
    method: "GET",
    path: "/health",
    async handle() {
      const status = gateway.health();
      return jsonResponse(status === "ok" ? 200 : 503, { status });
    },
  };
}
