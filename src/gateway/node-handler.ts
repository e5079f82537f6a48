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
    const { status, body } = await handle({
      method: request.method ?? "GET",
      path: (request.url ?? "/").split("?", 1)[0] ?? "/",
      header: (name) => [request.headers[name]].flat()[0],
      body: request,
    });
    response.writeHead(status, {
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(body),
      // What is left of a body that was refused would be read as the next request.
      ...(request.readableEnded || request.method === "GET" ? {} : { Connection: "close" }),
    });
    response.end(body);
  };
}
