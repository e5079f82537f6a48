import { createHttpHandler, type HttpHandlerOptions } from "./http-handler.js";

/**
 * The gateway's routes as a Web-standard `fetch` handler, for Hono, Next.js and others.
 *
 * @example
 * ```ts
 * const handler = createFetchHandler({ gateway, proxySecret });
 * app.all("/centrifugo/*", (context) => handler(context.req.raw));
 * ```
 */
export function createFetchHandler(
  options: HttpHandlerOptions,
): (request: Request) => Promise<Response> {
  const handle = createHttpHandler(options);
  return async (request) => {
    const { status, body } = await handle({
      method: request.method,
      path: new URL(request.url).pathname,
      header: (name) => request.headers.get(name) ?? undefined,
      body: request.body ?? nothing(),
    });
    return new Response(body, { status, headers: { "Content-Type": "application/json" } });
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
