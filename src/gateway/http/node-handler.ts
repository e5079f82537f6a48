import type { IncomingMessage, ServerResponse } from "node:http";
import { createHttpHandler, type HttpHandler, type HttpHandlerOptions } from "../http-handler.js";

/** Answers a request of `node:http`. Never rejects. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * The gateway's routes as a `node:http` handler, to mount in an existing application.
 *
 * @example
 * ```ts
 * const handler = createNodeHandler({ gateway, proxySecret });
 * http.createServer((req, res) => void handler(req, res)).listen(8001);
 * ```
 */
export function createNodeHandler(options: HttpHandlerOptions): NodeHandler {
  return nodeHandler(createHttpHandler(options));
}

/** The handler for `node:http` over one that knows no server. */
export function nodeHandler(handle: HttpHandler): NodeHandler {
  return async (request, response) => {
    const [path = "/", query = ""] = (request.url ?? "/").split("?", 2);
    const { status, body, contentType, headers } = await handle({
      method: request.method ?? "GET",
      path,
      query: new URLSearchParams(query),
      header: (name) => [request.headers[name]].flat()[0],
      body: request,
      gone: () => request.socket.destroyed || request.socket.writableEnded,
    });
    response.writeHead(status, {
      "Content-Type": contentType ?? "application/json",
      "Content-Length": Buffer.byteLength(body),
      ...headers,
      // The rest of a refused body would be read as the next request.
      ...(request.readableEnded || request.method === "GET" ? {} : { Connection: "close" }),
    });
    response.end(body);
  };
}
