// Runs each server of docs/own-server.md as printed, with the embedded broker as Centrifugo.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { startBroker, type Broker } from "centrifugo-rpc/broker";
import { CentrifugoRPCClient } from "centrifugo-rpc/client";
import { centrifugoConfig, createToken } from "centrifugo-rpc/gateway";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { freePort } from "../testing/ports.js";
import { readDocument, root } from "./testing/markdown.js";

/** Inside the package, so that `centrifugo-rpc` is the source of this repository. */
const folder = join(root, ".cache", "mounting");

/** Calls the exported route handlers as Next.js does. */
const nextServer = `
import { serve } from "@hono/node-server";
import { GET, POST } from "../app/realtime/[...path]/route.js";

const routes = { GET, POST } as Record<string, typeof GET>;
const answer = (request: Request) =>
  routes[request.method]?.(request) ?? new Response(null, { status: 405 });
serve({ fetch: answer, hostname: "127.0.0.1", port: 8001 }, () => console.log("ready"));
`;

const secrets = { tokenHmacSecret: "hmac-secret", apiKey: "api-key", proxySecret: "proxy-secret" };
const wrapperApiKey = "wrapper-api-key";
let port: number;
let url: string;
let broker: Broker;

beforeAll(async () => {
  port = await freePort();
  url = `http://127.0.0.1:${port}/realtime`;
  rmSync(folder, { recursive: true, force: true });
  for (const { attributes, text } of readDocument("docs/own-server.md").blocks) {
    const file = attributes.get("file");
    if (file) write(file, text);
  }
  write("src/next-server.ts", nextServer);
  write(
    "tsconfig.json",
    JSON.stringify({ compilerOptions: { target: "es2023", paths: { "@/*": ["./*"] } } }),
  );
  broker = await startBroker({
    config: centrifugoConfig({ ...secrets, gatewayUrl: url }),
    backend: {
      rpc: (request) => proxyRequest("rpc", request),
      publish: (request) => proxyRequest("publish", request),
    },
    port: 0,
  });
});
afterAll(() => broker?.close());

it.each(["node", "fastify", "express", "hono", "next"])(
  "in %s, handlers publish, and the gateway has log lines, metrics, call log and HTTP API",
  { timeout: 120_000 },
  async (name) => {
    const server = await start(name);
    const client = await connect();
    const events: unknown[] = [];
    await client.subscribe("events:tasks", (data) => void events.push(data));
    await client.call("tasks.announce", { text: name });
    await expect.poll(() => events).toEqual([{ from: "42", text: name }]);
    await expect.poll(server.output).toMatch(/"method":"tasks.announce".*"msg":"call ended"/);
    expect(await read("metrics")).toContain(
      'centrifugo_rpc_calls_total{method="tasks.announce",code="0"} 1',
    );
    await expect
      .poll(async () => JSON.parse(await read("api/logs?method=tasks.announce")) as object)
      .toMatchObject({ rows: [{ status: "success" }] });
    expect(JSON.parse(await read("ready"))).toMatchObject({ status: "ready" });
    expect(await presence()).toBe(1);
  },
);

function write(file: string, text: string): void {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, text.replaceAll("8001", String(port)));
}

async function start(name: string) {
  const server = spawn(
    process.execPath,
    ["--import", "tsx", "--conditions=centrifugo-rpc-source", `src/${name}-server.ts`],
    {
      cwd: folder,
      env: {
        PATH: process.env["PATH"],
        CENTRIFUGO_URL: broker.url,
        CENTRIFUGO_API_URL: broker.apiUrl,
        CENTRIFUGO_API_KEY: secrets.apiKey,
        CENTRIFUGO_TOKEN_HMAC_SECRET: secrets.tokenHmacSecret,
        CENTRIFUGO_PROXY_SECRET: secrets.proxySecret,
        CENTRIFUGO_WRAPPER_URL: url,
        CENTRIFUGO_WRAPPER_API_KEY: wrapperApiKey,
        CENTRIFUGO_LOG_DATABASE_URL: `file:${name}.db`,
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const exited = once(server, "close");
  onTestFinished(async () => {
    server.kill();
    await exited;
  });
  return { output: await untilReady(server) };
}

/** Resolves to what it prints, once it is ready. */
async function untilReady(server: ChildProcess): Promise<() => string> {
  let printed = "";
  return await new Promise((resolve, reject) => {
    const onData = (chunk: string): void => {
      printed += chunk;
      if (/^ready$/m.test(printed)) resolve(() => printed);
    };
    server.stdout?.setEncoding("utf8").on("data", onData);
    server.stderr?.setEncoding("utf8").on("data", onData);
    server.once("close", () => reject(new Error(`the server ended:\n${printed}`)));
  });
}

async function connect(): Promise<CentrifugoRPCClient> {
  const token = await createToken({ secret: secrets.tokenHmacSecret, userId: "42" });
  const client = new CentrifugoRPCClient(broker.url, token, "42");
  onTestFinished(() => client.disconnect());
  await client.connect();
  return client;
}

/** How many are subscribed to the channel that the handler publishes to. */
async function presence(): Promise<number> {
  const body = JSON.stringify({ channel: "events:tasks" });
  const headers = { "Content-Type": "application/json", "X-API-Key": wrapperApiKey };
  const response = await fetch(`${url}/api/presence`, { method: "POST", headers, body });
  return Object.keys(((await response.json()) as { presence: object }).presence).length;
}

async function read(path: string): Promise<string> {
  const response = await fetch(`${url}/${path}`, { headers: { "X-API-Key": wrapperApiKey } });
  return await response.text();
}

/** What Centrifugo's proxies do. */
async function proxyRequest<T>(path: string, request: object): Promise<T> {
  const headers = { "Content-Type": "application/json", "X-Proxy-Secret": secrets.proxySecret };
  const body = JSON.stringify(request);
  const response = await fetch(`${url}/centrifugo/${path}`, { method: "POST", headers, body });
  return (await response.json()) as T;
}
