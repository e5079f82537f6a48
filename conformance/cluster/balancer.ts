import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A TCP load balancer: each new connection goes to the next target, round robin. */
export interface Balancer {
  readonly port: number;
  /** Waits until all targets are healthy. */
  ready(): Promise<void>;
  /** How many connections a target has got. */
  accepted(target: number): number;
  /** Sends new connections to this target alone; those that are open stay. */
  only(target: number): void;
  /** Sends new connections to all targets again. */
  all(): void;
  /**
   * Closes the connections and waits until both sides have. Nobody may wait for an answer; one that
   * comes all the same, as that of a cancelled call, is lost.
   */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** How often a balancer asks its targets how they are, in milliseconds. */
const CHECK_MS = 100;

/** A target that takes longer to answer a check is not healthy, in milliseconds. */
const CHECK_TIMEOUT_MS = 2000;

/**
 * Starts a balancer in front of ports of this machine. Where nobody listens, the next one is tried.
 *
 * @param checkPath what a target must answer with 200 to get new connections. Default: no check.
 */
export async function startBalancer(
  targets: readonly number[],
  checkPath?: string,
): Promise<Balancer> {
  const unhealthy = new Set<number>();
  const checks = checkPath === undefined ? undefined : setInterval(check, CHECK_MS, checkPath);
  const sockets = new Set<Socket>();
  const clients = new Set<Socket>();
  const accepted = new Map<number, number>();
  let candidates = targets;
  let next = 0;

  async function check(path: string): Promise<void> {
    const checkOne = async (target: number): Promise<void> => {
      const answer = fetch(`http://127.0.0.1:${target}${path}`, {
        headers: { connection: "close" },
        signal: AbortSignal.timeout(CHECK_TIMEOUT_MS),
      });
      const isHealthy = await answer.then(
        ({ ok }) => ok,
        () => false,
      );
      if (isHealthy) unhealthy.delete(target);
      else unhealthy.add(target);
    };
    await Promise.all(targets.map(checkOne));
  }

  /** The healthy candidates, or all if there are none, from the one whose turn it is. */
  function inTurn(): number[] {
    const healthy = candidates.filter((target) => !unhealthy.has(target));
    const from = healthy.length > 0 ? healthy : candidates;
    const first = next++ % from.length;
    return [...from.slice(first), ...from.slice(0, first)];
  }

  async function forward(client: Socket): Promise<void> {
    remember(client);
    for (const target of inTurn()) {
      const upstream = connect(target, "127.0.0.1");
      const connected = await once(upstream, "connect").then(
        () => true,
        () => false,
      );
      if (!connected) continue;
      remember(upstream);
      accepted.set(target, (accepted.get(target) ?? 0) + 1);
      join(client, upstream);
      return;
    }
    client.destroy();
  }

  function remember(socket: Socket): void {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  }

  const server = createServer((client) => {
    clients.add(client);
    client.on("close", () => clients.delete(client));
    void forward(client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async ready() {
      do await check(checkPath ?? "/");
      while (unhealthy.size > 0);
    },
    accepted: (target) => accepted.get(target) ?? 0,
    only: (target) => void (candidates = [target]),
    all: () => void (candidates = targets),
    async drain() {
      // Not once(): that rejects when an answer that nobody waits for meets the closed side.
      const closed = [...sockets].map((socket) => new Promise((end) => socket.on("close", end)));
      // These sides only: they end when the clients have noticed, and do not use them again.
      for (const client of clients) client.end();
      await Promise.all(closed);
    },
    async close() {
      clearInterval(checks);
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

/** Passes on what either side sends, and its end. */
function join(client: Socket, upstream: Socket): void {
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.pipe(to);
    from.on("close", () => to.destroy());
    if (from.destroyed) to.destroy();
  }
}
