// A real Centrifugo and, unless it calls Django itself, a gateway: for bench/handler-services.ts, in
// a process of their own.
import {
  createCentrifugoApi,
  centrifugoConfig,
  connectHandlerServices,
  createGateway,
  MESSAGE_SIZE_LIMIT,
  startGatewayServer,
} from "centrifugo-rpc/gateway";
import { createRouter, type Methods, Registry, websocketRpc } from "centrifugo-rpc";
import { z } from "zod";
import { freePort } from "../testing/ports.js";
import { startCentrifugo } from "../testing/processes/centrifugo.js";
import { findCentrifugo } from "../testing/toolchains.js";

/** Who has the handler called, and where Python answers, if it does. */
export interface Served {
  readonly by: "gateway" | "service" | "centrifugo";
  readonly pythonUrl: string;
  readonly path: string;
}

const served = JSON.parse(process.argv[2] ?? "") as Served;
const secrets = { tokenHmacSecret: "bench", apiKey: "bench", proxySecret: "bench" };
const binary = findCentrifugo();
if (binary === undefined) throw new Error("this needs Centrifugo: run npm test once");
const port = await freePort();

const config = centrifugoConfig({ ...secrets, port, gatewayUrl: await gatewayUrl() });
if (served.by === "centrifugo") config.rpc.proxy.endpoint = served.pythonUrl + served.path;
const centrifugo = await startCentrifugo(binary, config);
process.once("SIGTERM", async () => {
  await centrifugo.close();
  process.exit();
});
process.send?.(`ws://127.0.0.1:${port}/connection/websocket`);

async function gatewayUrl(): Promise<string> {
  if (served.by === "centrifugo") return "http://127.0.0.1";
  const gateway = createGateway({
    router: createRouter(await methods()),
    publisher: createCentrifugoApi({ url: `http://127.0.0.1:${port}/api`, apiKey: secrets.apiKey }),
    maxMessageBytes: MESSAGE_SIZE_LIMIT,
  });
  const { proxySecret } = secrets;
  return (await startGatewayServer({ gateway, proxySecret, port: 0 })).url;
}

async function methods(): Promise<Methods> {
  const handlers = new Registry();
  if (served.by === "service") {
    const urls = [served.pythonUrl + served.path];
    return await connectHandlerServices({ urls, secret: "bench", handlers });
  }
  websocketRpc("tasks.get_stats", {
    params: z.object({ user_id: z.string(), include_completed: z.boolean().default(true) }),
    result: z.object({ total: z.int(), completed: z.int(), pending: z.int() }),
    registry: handlers,
  })(async () => ({ total: 3, completed: 1, pending: 2 }));
  return handlers;
}
