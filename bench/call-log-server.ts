// The embedded broker, the gateway and one handler, for bench/call-log.ts, in a process of their own.
// The argument is the URL of the call log, or nothing.
import { createRouter, Registry, websocketRpc } from "centrifugo-rpc";
import { startBroker } from "centrifugo-rpc/broker";
import { openCallLog } from "centrifugo-rpc/call-log";
import {
  centrifugoConfig,
  createBrokerApi,
  createCallRecorder,
  createGateway,
  MESSAGE_SIZE_LIMIT,
} from "centrifugo-rpc/gateway";
import { z } from "zod";

const registry = new Registry();
websocketRpc("tasks.get_stats", {
  params: z.object({ user_id: z.string(), include_completed: z.boolean().default(true) }),
  result: z.object({ total: z.int(), completed: z.int(), pending: z.int() }),
  registry,
})(async () => ({ total: 3, completed: 1, pending: 2 }));

const url = process.argv[2];
const callLog = url ? openCallLog({ url }) : undefined;
await callLog?.flush();
const gateway = createGateway({
  router: createRouter(registry),
  publisher: createBrokerApi({ api: (method, params) => broker.api(method, params) }),
  maxMessageBytes: MESSAGE_SIZE_LIMIT,
  observers: callLog ? [createCallRecorder({ callLog, methods: registry })] : [],
});
const secrets = { tokenHmacSecret: "bench", apiKey: "bench", proxySecret: "bench" };
const config = centrifugoConfig({ ...secrets, gatewayUrl: "http://127.0.0.1" });
const broker = await startBroker({ config, backend: gateway, port: 0 });
process.send?.(broker.url);

process.once("message", async () => {
  await gateway.close();
  await callLog?.close();
  process.send?.(callLog?.status() ?? null);
  await broker.close();
  process.disconnect();
});
