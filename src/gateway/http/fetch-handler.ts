import { createHttpHandler, type HttpHandler, type HttpHandlerOptions } from "../http-handler.js";

/** Answers a Web-standard request. Never rejects. */
export type FetchHandler = (request: Request) => Promise<Response>;

/**
 * The gateway's routes as a Web-standard `fetch` handler, for Hono, Next.js and others.
 *
 * @example
 * ```ts
 * const handler = createFetchHandler({ gateway, proxySecret });
 * app.all("/centrifugo/*", (context) => handler(context.req.raw));
 * ```
 */
export function createFetchHandler(options: HttpHandlerOptions): FetchHandler {
  return fetchHandler(createHttpHandler(options));
}

/** The Web-standard handler over one that knows no server. */
export function fetchHandler(handle: HttpHandler): FetchHandler {
  return async (request) => {
    const url = new URL(request.url);
    const { status, body, contentType, headers } = await handle({
      method: request.method,
      path: url.pathname,
      query: url.searchParams,
      header: (name) => request.headers.get(name) ?? undefined,
      body: request.body ?? nothing(),
      gone: () => request.signal.aborted,
    });
    return new Response(body, {
      status,
      headers: { "Content-Type": contentType ?? "application/json", ...headers },
    });
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
