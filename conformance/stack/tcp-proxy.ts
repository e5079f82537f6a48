import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A TCP proxy between a client and a broker that can behave like a bad network. */
export interface TcpProxy {
  readonly port: number;
  /** Cuts every connection. */
  drop(): void;
  /** While it refuses, new connections are cut at once. */
  refuse(on: boolean): void;
  /** Resolves when the next connection is there. */
  nextConnection(): Promise<unknown>;
  close(): Promise<void>;
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let refusing = false;
  const server = createServer((client) => {
    if (refusing) {
      client.destroy();
      return;
    }
    const upstream = connect(targetPort, "127.0.0.1");
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on("error", () => undefined);
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
    server.emit("proxied");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const drop = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    drop,
    refuse: (on) => void (refusing = on),
    nextConnection: () => once(server, "proxied"),
    async close() {
      server.close();
      drop();
      await once(server, "close");
    },
  };
}
