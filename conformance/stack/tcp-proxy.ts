import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A TCP proxy between a client and a broker that can behave like a bad network. */
export interface TcpProxy {
  readonly port: number;
  /** How many connections there have been. */
  readonly connections: number;
  /** Cuts every connection. */
  drop(): void;
  /** Keeps every connection open, but carries nothing on it any more. */
  freeze(): void;
  /** While it refuses, new connections are cut at once. */
  refuse(on: boolean): void;
  /** Resolves when the next connection is there. */
  nextConnection(): Promise<unknown>;
  /** Resolves when the server next sends something with this text in it. */
  nextFromServer(text: string): Promise<void>;
  close(): Promise<void>;
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let refusing = false;
  let connections = 0;
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
    upstream.on("data", (data: Buffer) => server.emit("sent", data.toString()));
    connections++;
    server.emit("proxied");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const drop = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    drop,
    freeze() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    refuse: (on) => void (refusing = on),
    nextConnection: () => once(server, "proxied"),
    nextFromServer: (text) =>
      new Promise((resolve) => {
        const look = (data: string): void => {
          if (!data.includes(text)) return;
          server.off("sent", look);
          resolve();
        };
        server.on("sent", look);
      }),
    async close() {
      server.close();
      drop();
      await once(server, "close");
    },
  };
}
