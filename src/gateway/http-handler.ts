import { createHash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Logger } from "../server/index.js";
import { silentLogger } from "../server/index.js";
import type { Gateway } from "./gateway.js";
import type { RefusedRequest } from "./observer.js";

/** The header in which Centrifugo's proxy requests carry the secret. Set it as a static header. */
export const PROXY_SECRET_HEADER = "x-proxy-secret";

/** The largest request body that is read, in bytes. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** What both HTTP handlers need. */
export interface HttpHandlerOptions {
  gateway: Gateway;
  /** The secret that proxy requests must carry, 1 character or more. */
  proxySecret: string;
  /** The path in front of the routes, as in `/rpc`. Default: none. */
  basePath?: string;
  /** Default: no log. */
  log?: Logger;
}

/** A request as both `node:http` and Web handlers can give it. */
export interface HttpRequest {
  method: string;
  /** The path without the query. */
  path: string;
  header(name: string): string | undefined;
  body: AsyncIterable<Uint8Array>;
}

/** A response in JSON. */
export interface HttpResponse {
  status: number;
  body: string;
}

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
 * Centrifugo's proxies, and `GET /health`.
 *
 * @throws TypeError when the secret is empty: the proxy routes decide who the caller is. Also for a
 * base path that no request can match.
 */
export function createHttpHandler(
  options: HttpHandlerOptions,
): (request: HttpRequest) => Promise<HttpResponse> {
  const { gateway, proxySecret, basePath = "", log = silentLogger } = options;
  // Not `=== ""`: it may come from an environment that does not have it.
  if (!proxySecret) {
    throw new TypeError("proxySecret must not be empty: set CENTRIFUGO_PROXY_SECRET");
  }
  if (basePath !== "" && !/^(\/[^/]+)+$/.test(basePath)) {
    throw new TypeError(`basePath ${JSON.stringify(basePath)}: write it as in "/rpc"`);
  }

  async function proxy<T extends z.ZodType>(
    request: HttpRequest,
    schema: T,
    answer: (body: z.output<T>) => Promise<object>,
  ): Promise<HttpResponse> {
    const refused = (reason: RefusedRequest["reason"]): void =>
      gateway.observers.requestRefused({ routes: "proxy", reason });
    if (!sameSecret(request.header(PROXY_SECRET_HEADER), proxySecret)) {
      refused("unauthenticated");
      log.warn({ path: request.path }, "proxy request without the right secret");
      return failure(401, "the X-Proxy-Secret header is missing or wrong");
    }
    const text = await readBody(request.body);
    if (text === undefined) {
      refused("too_large");
      return failure(413, `the body is larger than ${MAX_BODY_BYTES} bytes`);
    }
    const parsed = schema.safeParse(parseJson(text));
    if (!parsed.success) {
      refused("malformed");
      log.warn({ path: request.path }, "malformed proxy request");
      return failure(400, "the body is no proxy request of Centrifugo");
    }
    return success(await answer(parsed.data));
  }

  const routes = new Map<string, Route>([
    [
      `${basePath}/centrifugo/rpc`,
      {
        method: "POST",
        handle: (request) => proxy(request, rpcRequest, (body) => gateway.rpc(body)),
      },
    ],
    [
      `${basePath}/centrifugo/publish`,
      {
        method: "POST",
        handle: (request) => proxy(request, publishRequest, (body) => gateway.publish(body)),
      },
    ],
    [`${basePath}/health`, { method: "GET", handle: async () => health(gateway) }],
  ]);

  return async (request) => {
    const route = routes.get(request.path);
    if (!route) return failure(404, `no route ${request.path}`);
    if (request.method !== route.method) return failure(405, `use ${route.method}`);
    try {
      return await route.handle(request);
    } catch (error) {
      log.error({ err: error, path: request.path }, "request failed");
      return failure(500, "internal error");
    }
  };
}

interface Route {
  method: string;
  handle(request: HttpRequest): Promise<HttpResponse>;
}

function success(body: object): HttpResponse {
  return { status: 200, body: JSON.stringify(body) };
}

/** 503 while it stops, so that a load balancer sends calls elsewhere. */
function health(gateway: Gateway): HttpResponse {
  const status = gateway.health();
  return { status: status === "ok" ? 200 : 503, body: JSON.stringify({ status }) };
}

function failure(status: number, message: string): HttpResponse {
  return { status, body: JSON.stringify({ error: message }) };
}

/** Compares in constant time: the digests are of one length, whatever was sent. */
function sameSecret(given: string | undefined, secret: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given ?? ""), digest(secret)) && given !== undefined;
}

/** The body as text, or `undefined` when it is too large; the rest is then not read. */
async function readBody(body: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
