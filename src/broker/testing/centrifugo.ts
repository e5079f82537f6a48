import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { connect, createServer as createTcpServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import type { ProxyBackend, PublishProxyRequest, RpcProxyRequest } from "../../protocol/index.js";
import type { BrokerConfig } from "../index.js";
import type { TestServer } from "./server.js";

/** Runs Centrifugo with the configuration, its proxies going to the backend over HTTP. */
export async function startCentrifugo(
  binary: string,
  config: BrokerConfig,
  backend: ProxyBackend,
): Promise<TestServer> {
  const proxies = await serveBackend(backend);
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), "centrifugo-"));
  const file = join(directory, "config.json");
  await writeFile(file, JSON.stringify(withEndpoints(config, port, portOf(proxies))));
  const child = spawn(binary, ["-c", file, "--log.level", "error"], { stdio: "inherit" });
  await untilListening(port);
  return {
    url: `ws://127.0.0.1:${port}/connection/websocket`,
    apiUrl: `http://127.0.0.1:${port}/api`,
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
      proxies.closeAllConnections();
      proxies.close();
      await rm(directory, { recursive: true });
    },
  };
}

function withEndpoints(config: BrokerConfig, port: number, backendPort: number): object {
  const backend = `http://127.0.0.1:${backendPort}`;
  return {
    ...config,
    http_server: { ...config.http_server, address: "127.0.0.1", port },
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

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function untilListening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      socket.destroy();
    }
  }
}
