import { once } from "node:events";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import Fastify from "fastify";
import { Hono } from "hono";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { createRouter, Registry, websocketRpc } from "../handlers/index.js";
import { createFetchHandler } from "./http/fetch-handler.js";
import { startGatewayServer } from "./http/gateway-server.js";
import { createGateway } from "./gateway.js";
import { createNodeHandler } from "./http/node-handler.js";

const proxySecret = "the-proxy-secret";
const body = {
  client: "c1",
  transport: "websocket",
  protocol: "json",
  encoding: "json",
  user: "42",
  method: "echo",
  data: { text: "hi" },
};

/** Each way to serve the gateway: starts it, and gives its URL and how to stop it. */
const servings = {
  "a service of its own": async () =>
    await startGatewayServer({ gateway: echoGateway(), proxySecret, port: 0 }),

  "the node:http handler": async () => {
    const handler = createNodeHandler({ gateway: echoGateway(), proxySecret });
    const server = createServer((req, res) => void handler(req, res)).listen(0, "127.0.0.1");
    await once(server, "listening");
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      close: async () => void server.close(),
    };
  },

  Fastify: async () => {
    const app = Fastify();
    const handler = createNodeHandler({ gateway: echoGateway(), proxySecret });
    await app.register(async (scope) => {
      // The gateway reads the body itself.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
      scope.all("/*", (request, reply) => {
        reply.hijack();
        void handler(request.raw, reply.raw);
      });
    });
    return { url: await app.listen({ port: 0 }), close: async () => await app.close() };
  },

  "Hono, with the fetch handler": async () => {
    const app = new Hono();
    const handler = createFetchHandler({ gateway: echoGateway(), proxySecret });
    app.all("/*", (context) => handler(context.req.raw));
    const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
    await once(server, "listening");
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      close: async () => void server.close(),
    };
  },
};

describe.each(Object.entries(servings))("%s", (_name, start) => {
  async function withServer(use: (url: string) => Promise<void>): Promise<void> {
    const server = await start();
    try {
      await use(server.url);
    } finally {
      await server.close();
    }
  }
  const post = (url: string, init: RequestInit) => fetch(url, { method: "POST", ...init });
  const headers = { "Content-Type": "application/json", "X-Proxy-Secret": proxySecret };

  it("answers Centrifugo's RPC proxy", () =>
    withServer(async (url) => {
      const answer = await post(`${url}/centrifugo/rpc`, { headers, body: JSON.stringify(body) });
      expect(answer.status).toBe(200);
      expect(await answer.json()).toEqual({ result: { data: { text: "hi" } } });
    }));

  it("answers Centrifugo's publish proxy", () =>
    withServer(async (url) => {
      const answer = await post(`${url}/centrifugo/publish`, {
        headers,
        body: JSON.stringify({ ...body, channel: "news" }),
      });
      expect(await answer.json()).toEqual({ error: { code: 103, message: "permission denied" } });
    }));

  it("refuses a request without the secret or with a wrong one", () =>
    withServer(async (url) => {
      for (const secret of [undefined, "", "the-proxy-secreT", `${proxySecret}x`]) {
        const answer = await post(`${url}/centrifugo/rpc`, {
          headers: secret === undefined ? {} : { "X-Proxy-Secret": secret },
          body: JSON.stringify(body),
        });
        expect(answer.status).toBe(401);
        expect(await answer.text()).not.toContain(proxySecret);
      }
    }));

  it("refuses a body that is not a proxy request, and serves the next one", () =>
    withServer(async (url) => {
      for (const text of ["", "{", "null", "[]", '{"user":5}', "\u0000"]) {
        const answer = await post(`${url}/centrifugo/rpc`, { headers, body: text });
        expect(answer.status).toBe(400);
        await answer.text();
      }
      const large = await sendLarge(url, headers);
      expect(large).toBe(413);
      const next = await post(`${url}/centrifugo/rpc`, { headers, body: JSON.stringify(body) });
      expect(next.status).toBe(200);
    }));

  it("answers a call that is nested too deep with an error that the caller gets", () =>
    withServer(async (url) => {
      const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
      const text = (depth: number) =>
        JSON.stringify({ ...body, data: { text: "DATA" } }).replace('"DATA"', nested(depth));
      for (const depth of [255, 100_000]) {
        const answer = await post(`${url}/centrifugo/rpc`, { headers, body: text(depth) });
        expect(answer.status).toBe(200);
        const message = expect.stringContaining("256 levels");
        expect(await answer.json()).toEqual({ error: { code: 400, message } });
      }
      const next = await post(`${url}/centrifugo/rpc`, { headers, body: text(254) });
      expect(await next.json()).toMatchObject({
        error: { message: expect.stringContaining("echo: text") },
      });
    }));

  it("tells its health, unknown routes and wrong methods", () =>
    withServer(async (url) => {
      expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: "ok" });
      expect((await fetch(`${url}/__proto__`)).status).toBe(404);
      expect((await fetch(`${url}/centrifugo/rpc`)).status).toBe(405);
    }));
});

describe("the routes", () => {
  it("may lie under a path", async () => {
    const handler = createFetchHandler({ gateway: echoGateway(), proxySecret, basePath: "/rt" });
    expect((await handler(new Request("http://x/rt/health"))).status).toBe(200);
    expect((await handler(new Request("http://x/health"))).status).toBe(404);
  });

  it.each(["", undefined])("cannot be served with the secret %j", (wrong) => {
    const options = { gateway: echoGateway(), proxySecret: wrong as string };
    expect(() => createFetchHandler(options)).toThrow(/CENTRIFUGO_PROXY_SECRET/);
  });

  it.each(["rt", "/rt/", "/"])("cannot lie under %j, which no request matches", (basePath) => {
    const options = { gateway: echoGateway(), proxySecret, basePath };
    expect(() => createFetchHandler(options)).toThrow(/write it as in "\/rpc"/);
  });
});

it("a gateway server may be closed more than once", async () => {
  const server = await startGatewayServer({ gateway: echoGateway(), proxySecret, port: 0 });
  await Promise.all([server.close(), server.close()]);
  await expect(server.close()).resolves.toBeUndefined();
});

it("a gateway that leaves closes connections when balancers have had time to notice", async () => {
  vi.useFakeTimers();
  try {
    const gateway = echoGateway();
    const handler = createFetchHandler({ gateway, proxySecret });
    const check = async () => {
      const { status, headers } = await handler(new Request("http://x/health"));
      return { status, connection: headers.get("Connection") };
    };
    const left = gateway.leave(1000);
    expect(await check()).toEqual({ status: 503, connection: null });
    await vi.advanceTimersByTimeAsync(800);
    expect(await check()).toEqual({ status: 503, connection: "close" });
    await vi.advanceTimersByTimeAsync(200);
    await left;
  } finally {
    vi.useRealTimers();
  }
});

function echoGateway() {
  const registry = new Registry();
  const text = z.object({ text: z.string() });
  websocketRpc("echo", { params: text, result: text, registry })(async (_conn, params) => params);
  return createGateway({
    router: createRouter(registry),
    publisher: { publish: () => Promise.resolve() },
  });
}

/** Sends a body of 3 MB and gives the status; the server may close before it has read all. */
async function sendLarge(
  url: string,
  headers: Record<string, string>,
): Promise<number | undefined> {
  const request = httpRequest(`${url}/centrifugo/rpc`, { method: "POST", headers });
  request.on("error", () => undefined);
  request.end("x".repeat(3 * 1024 * 1024));
  const [response] = (await once(request, "response")) as [{ statusCode?: number; resume(): void }];
  response.resume();
  return response.statusCode;
}
