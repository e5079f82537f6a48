import type { IncomingMessage, ServerResponse } from "node:http";
import { createHttpHandler, type HttpHandlerOptions } from "./http-handler.js";

/**
 * The gateway's routes as a `node:http` handler, to mount in an application that exists.
 *
 * @example
 * ```ts
 * const handler = createNodeHandler({ gateway, proxySecret });
 * http.createServer((req, res) => void handler(req, res)).listen(8001);
 * ```
 */
export function createNodeHandler(
  options: HttpHandlerOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const handle = createHttpHandler(options);
  return async (request, response) => {
    const [path = "/", query = ""] = (request.url ?? "/").split("?", 2);
    const { status, body, contentType, headers } = await handle({
      method: request.method ?? "GET",
      path,
      query: new URLSearchParams(query),
      header: (name) => [request.headers[name]].flat()[0],
      body: request,
    });
    response.writeHead(status, {
      "Content-Type": contentType ?? "application/json",
      "Content-Length": Buffer.byteLength(body),
      ...headers,
      // What is left of a body that was refused would be read as the next request.
      ...(request.readableEnded || request.method === "GET" ? {} : { Connection: "close" }),
    });
    response.end(body);
  };
}
