import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { freePort } from "../../../testing/ports.js";
import { startCentrifugo } from "../../../testing/processes/centrifugo.js";
import type { ProxyBackend, PublishProxyRequest, RpcProxyRequest } from "../../protocol/index.js";
import type { BrokerConfig } from "../index.js";
import type { TestServer } from "./server.js";

/** Runs Centrifugo with the configuration; its proxies call the backend over HTTP. */
export async function startCentrifugoServer(
  binary: string,
  config: BrokerConfig,
  backend: ProxyBackend,
): Promise<TestServer> {
  const proxies = await serveBackend(backend);
  const port = await freePort();
  const centrifugo = await startCentrifugo(binary, withEndpoints(config, port, proxies));
  return {
    url: `ws://127.0.0.1:${port}/connection/websocket`,
    apiUrl: `http://127.0.0.1:${port}/api`,
    [Symbol.asyncDispose]: async () => {
      await centrifugo.kill();
      proxies.closeAllConnections();
      proxies.close();
    },
  };
}

function withEndpoints(config: BrokerConfig, port: number, proxies: Server) {
  const backend = `http://127.0.0.1:${(proxies.address() as AddressInfo).port}`;
  return {
    ...config,
    http_server: { ...config.http_server, address: "127.0.0.1", port: String(port) },
    rpc: { ...config.rpc, proxy: { ...config.rpc?.proxy, endpoint: `${backend}/rpc` } },
    channel: {
      ...config.channel,
      proxy: { publish: { ...config.channel?.proxy?.publish, endpoint: `${backend}/publish` } },
    },
  };
}

async function serveBackend(backend: ProxyBackend): Promise<Server> {
  const server = createServer((request, response) => {
    void (async () => {
      const body = await json(request);
      const answer =
        request.url === "/rpc"
          ? await backend.rpc(body as RpcProxyRequest)
          : await backend.publish(body as PublishProxyRequest);
      response.end(JSON.stringify(answer));
    })().catch(() => response.writeHead(500).end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}
