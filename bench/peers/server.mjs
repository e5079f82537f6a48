// One system's server in a process of its own: `node server.mjs SYSTEM`; prints its URL.
// Every one has the same method: params and result are checked with the same Zod schemas.
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { createRouter, Registry, websocketRpc } from "../../dist/index.js";
import { startBroker } from "../../dist/broker/index.js";
import {
  centrifugoConfig,
  createCentrifugoApi,
  createGateway,
  MESSAGE_SIZE_LIMIT,
  startGatewayServer,
} from "../../dist/gateway/index.js";

const params = z.object({ user_id: z.string(), include_completed: z.boolean().default(true) });
const result = z.object({ total: z.int(), completed: z.int(), pending: z.int() });
const stats = async () => ({ total: 3, completed: 1, pending: 2 });
const secrets = { tokenHmacSecret: "bench", apiKey: "bench", proxySecret: "bench" };

function router() {
  const registry = new Registry();
  websocketRpc("tasks.get_stats", { params, result, registry })(stats);
  return createRouter(registry);
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

const systems = {
  async embedded() {
    const gateway = createGateway({
      router: router(),
      publisher: { publish: (channel, data) => broker.publish(channel, data) },
      maxMessageBytes: MESSAGE_SIZE_LIMIT,
    });
    const config = centrifugoConfig({ ...secrets, gatewayUrl: "http://127.0.0.1" });
    const broker = await startBroker({ config, backend: gateway, port: 0 });
    return broker.url;
  },

  async centrifugo() {
    const port = await freePort();
    const publisher = createCentrifugoApi({ url: `http://127.0.0.1:${port}/api`, apiKey: "bench" });
    const gateway = createGateway({
      router: router(),
      publisher,
      maxMessageBytes: MESSAGE_SIZE_LIMIT,
    });
    const { url } = await startGatewayServer({ gateway, proxySecret: "bench", port: 0 });
    const folder = mkdtempSync(join(tmpdir(), "bench-"));
    const config = centrifugoConfig({ ...secrets, gatewayUrl: url, port });
    writeFileSync(join(folder, "config.json"), JSON.stringify(config));
    const binary = process.env.CENTRIFUGO_BIN ?? resolve("../../.cache/centrifugo");
    const child = spawn(binary, ["-c", join(folder, "config.json")], { stdio: "ignore", env: {} });
    process.once("exit", () => child.kill());
    const healthy = () =>
      fetch(`http://127.0.0.1:${port}/health`).then(
        (r) => r.ok,
        () => false,
      );
    while (!(await healthy())) await new Promise((done) => setTimeout(done, 20));
    return `ws://127.0.0.1:${port}/connection/websocket`;
  },

  async trpc() {
    const { initTRPC } = await import("@trpc/server");
    const { applyWSSHandler } = await import("@trpc/server/adapters/ws");
    const { WebSocketServer } = await import("ws");
    const t = initTRPC.create();
    const getStats = t.procedure.input(params).output(result).query(stats);
    const wss = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    applyWSSHandler({ wss, router: t.router({ tasks: t.router({ getStats }) }) });
    await new Promise((done) => wss.once("listening", done));
    return `ws://127.0.0.1:${wss.address().port}`;
  },

  async socketio() {
    const { Server } = await import("socket.io");
    const http = createServer();
    new Server(http).on("connection", (socket) => {
      socket.on("tasks.get_stats", async (data, ack) =>
        ack(result.parse(await stats(params.parse(data)))),
      );
    });
    http.listen(0, "127.0.0.1");
    await new Promise((done) => http.once("listening", done));
    return `http://127.0.0.1:${http.address().port}`;
  },
};

console.log(await systems[process.argv[2]]());
process.once("SIGTERM", () => process.exit());
