import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A TCP proxy that can behave like a bad network. */
export interface Link {
  readonly port: number;
  /** Cuts every connection, now. */
  cut(): void;
  /** From now on, cuts every so many-th connection that carries a request, after it; 0: none. */
  cutEvery(requests: number): void;
  /** Carries nothing in either direction, nor the end of a connection, until {@link release}. */
  hold(): void;
  release(): void;
  /** Carries everything later from now on, in milliseconds. */
  delay(ms: number): void;
  /** Refuses connections, as if nothing listened, or accepts them again. */
  listen(on: boolean): Promise<void>;
  /** On every second connection, nothing that the server sends arrives any more. */
  deafen(): void;
  close(): Promise<void>;
}

/** What a client sends that is longer is a request, and not a ping or a handshake's rest. */
const SHORTEST_REQUEST = 100;

/** One direction of a connection. What it carries arrives in order. */
class Direction {
  readonly to: Socket;
  #isDead = false;
  /** When everything sent so far has been carried. */
  #carried: Promise<void> = Promise.resolve();

  constructor(to: Socket) {
    this.to = to;
  }

  carry(work: () => void, until: Promise<void> | undefined): void {
    this.#carried = Promise.all([this.#carried, until]).then(() => {
      if (!this.#isDead) work();
    });
  }

  /** Loses all that follows. */
  kill(): void {
    this.#isDead = true;
  }
}

/** Starts a link to a port of this machine. */
export async function startLink(targetPort: number): Promise<Link> {
  const clients = new Map<Socket, { upstream: Socket; answers: Direction }>();
  let delayMs = 0;
  let cutEvery = 0;
  let requests = 0;
  let endHold: (() => void) | undefined;
  let held: Promise<void> | undefined;

  /** Until when what is sent now has to wait. */
  function wait(): Promise<void> | undefined {
    if (held) return held;
    if (delayMs > 0) return new Promise((resolve) => setTimeout(resolve, delayMs));
    return undefined;
  }

  function forward(from: Socket, direction: Direction, onData?: (data: Buffer) => void): void {
    const { to } = direction;
    from.setNoDelay(true);
    from.on("data", (data: Buffer) => {
      direction.carry(() => {
        if (!to.destroyed) to.write(data);
        onData?.(data);
      }, wait());
    });
    from.on("error", () => undefined);
    from.on("close", () => {
      clients.delete(from);
      direction.carry(() => to.destroy(), wait());
    });
  }

  const server = createServer((client) => {
    const upstream = connect(targetPort, "127.0.0.1");
    const answers = new Direction(client);
    clients.set(client, { upstream, answers });
    forward(upstream, answers);
    forward(client, new Direction(upstream), (data) => {
      if (cutEvery === 0 || data.length < SHORTEST_REQUEST) return;
      if (++requests % cutEvery === 0) client.resetAndDestroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const letGo = (): void => {
    held = undefined;
    endHold?.();
  };
  const cut = (): void => {
    for (const client of clients.keys()) client.resetAndDestroy();
  };
  const { port } = server.address() as AddressInfo;
  return {
    port,
    cut,
    cutEvery: (each) => void (cutEvery = each),
    hold: () => void (held = new Promise((resolve) => (endHold = resolve))),
    release: letGo,
    delay: (ms) => void (delayMs = ms),
    deafen() {
      for (const [index, { answers }] of [...clients.values()].entries()) {
        if (index % 2 === 0) answers.kill();
      }
    },
    async listen(on) {
      if (on === server.listening) return;
      if (on) {
        server.listen(port, "127.0.0.1");
        await once(server, "listening");
      } else {
        // Not its event, which waits for the connections.
        server.close();
      }
    },
    async close() {
      letGo();
      server.close();
      cut();
    },
  };
}
