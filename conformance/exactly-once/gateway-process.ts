// A gateway in a separate process, with the handlers of docs/backend-guide.md. It kills itself after
// the handler of the first call and before the reply. Its arguments: the file that it creates before
// it kills itself, the handlers' file, the port, and Centrifugo's API URL, API key and proxy secret.
import { existsSync, writeFileSync } from "node:fs";
import { createRouter, defaultRegistry, type Middleware } from "centrifugo-rpc";
import { createCentrifugoApi, createGateway, startGatewayServer } from "centrifugo-rpc/gateway";

const [killed = "", handlers = "", port = "", apiUrl = "", apiKey = "", proxySecret = ""] =
  process.argv.slice(2);
await import(handlers);

const killOnce: Middleware = (next) => async (conn, params) => {
  const result = await next(conn, params);
  if (!existsSync(killed)) {
    writeFileSync(killed, "");
    process.kill(process.pid, "SIGKILL");
  }
  return result;
};

await startGatewayServer({
  gateway: createGateway({
    router: createRouter(defaultRegistry(), { middleware: [killOnce] }),
    publisher: createCentrifugoApi({ url: apiUrl, apiKey }),
  }),
  proxySecret,
  port: Number(port),
});
process.stdout.write("ready\n");
