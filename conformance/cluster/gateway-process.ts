// A gateway as a program of its own, so that a test can kill it. It is given its settings as JSON
// in the first argument, tells what happens in lines of JSON on standard output, and takes the keys
// of the calls to release as lines on standard input. It ends with its input.
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { createRouter, Registry, websocketRpc } from "centrifugo-rpc";
import {
  connectRedisAckStore,
  connectRedisCallStore,
  createCentrifugoApi,
  createGateway,
  MESSAGE_SIZE_LIMIT,
  startGatewayServer,
} from "centrifugo-rpc/gateway";
import { z } from "zod";
import { EventLog } from "../stack/handlers.js";
import type { GatewayEvent, GatewaySettings } from "./gateway-launcher.js";

/** Several checks of the balancer. */
const GRACE_MS = 2000;

const settings = JSON.parse(process.argv[2] ?? "") as GatewaySettings;
const releases = new EventLog();

function tell(event: GatewayEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

function handlers(): Registry {
  const registry = new Registry();
  websocketRpc("echo", {
    params: z.object({ nonce: z.string(), delay_ms: z.int().default(0) }),
    result: z.object({ nonce: z.string(), gateway: z.int() }),
    registry,
  })(async (_conn, { nonce, delay_ms }) => {
    if (delay_ms > 0) await pause(delay_ms);
    return { nonce, gateway: process.pid };
  });
  // Ends when the test says so, or when the call is aborted.
  websocketRpc("held", {
    params: z.object({ key: z.string() }),
    result: z.object({ key: z.string() }),
    registry,
  })(async (conn, { key }) => {
    tell({ event: "started", key });
    const aborted = new Promise((resolve) => conn.signal.addEventListener("abort", resolve));
    await Promise.race([releases.next("released", key), aborted]);
    if (conn.signal.aborted) tell({ event: "aborted", key });
    conn.signal.throwIfAborted();
    return { key };
  });
  return registry;
}

const url = settings.redisUrl;
const calls = url === undefined ? undefined : await connectRedisCallStore({ url });
const acks = url === undefined ? undefined : await connectRedisAckStore({ url });
const centrifugo = createCentrifugoApi({ url: settings.apiUrl, apiKey: settings.apiKey });
const gateway = createGateway({
  router: createRouter(handlers()),
  publisher: centrifugo,
  inlineTimeoutMs: settings.inlineTimeoutMs,
  maxMessageBytes: MESSAGE_SIZE_LIMIT,
  ...(calls ? { calls } : {}),
  ...(acks ? { acks } : {}),
});
const rpc = gateway.rpc.bind(gateway);
const server = await startGatewayServer({
  gateway: Object.assign(gateway, {
    async rpc(request: Parameters<typeof rpc>[0]) {
      const response = await rpc(request);
      const { pending } = (response.result?.data ?? {}) as { pending?: boolean };
      const { params } = (request.data ?? {}) as { params?: { key?: string; nonce?: string } };
      const key = params?.key ?? params?.nonce;
      if (pending && key) tell({ event: "pending", key });
      return response;
    },
  }),
  proxySecret: settings.proxySecret,
  httpApi: { apiKey: settings.wrapperApiKey, broker: centrifugo },
  port: settings.port ?? 0,
});
tell({ event: "ready", key: server.url });

const lines = createInterface({ input: process.stdin });
process.once("SIGTERM", async () => {
  await server.close({ graceMs: GRACE_MS });
  lines.close();
  process.stdin.destroy();
});
for await (const key of lines) releases.add("released", key);
await gateway.close({ drainMs: 0 });
await server.close();
await calls?.close();
await acks?.close();
