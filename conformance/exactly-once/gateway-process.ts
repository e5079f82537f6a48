// A gateway as a program of its own, with the handlers of docs/backend-guide.md. It kills itself
// when the first call has run its handler, before its reply: the first argument names the file that
// says that it has been killed. Its other arguments are the port and Centrifugo's API.
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
