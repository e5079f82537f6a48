/** How many calls of a connection may wait longer than {@link PATIENCE_MS} for inline replies. */
const MAX_WAITING = 16;

/** Calls that end within this time are answered inline, however many there are. */
const PATIENCE_MS = 100;

interface Wait {
  readonly since: number;
  /** Ends the wait without a reply. */
  readonly giveUp: () => void;
}

interface Connection {
  /** The oldest first. */
  readonly waits: Set<Wait>;
  timer: NodeJS.Timeout | undefined;
}

/**
 * The calls that wait for inline replies. Centrifugo has 64 places for calls of a connection, which
 * several gateways share; while all are taken, it reads nothing of the connection, not even pongs. So
 * only a few slow calls of a connection may wait, and the oldest of more are answered `pending`.
 */
export class InlineWaits {
  readonly #connections = new Map<string, Connection>();

  /** The reply if it comes within `ms`, or sooner if the connection has many slow calls. */
  async within<T>(ms: number, client: string, reply: Promise<T>): Promise<T | undefined> {
    const connection = this.#connections.get(client) ?? { waits: new Set(), timer: undefined };
    this.#connections.set(client, connection);
    const { waits } = connection;
    let timer: NodeJS.Timeout | undefined;
    let wait: Wait | undefined;
    const late = new Promise<undefined>((resolve) => {
      const giveUp = (): void => resolve(undefined);
      timer = setTimeout(giveUp, ms);
      waits.add((wait = { since: performance.now(), giveUp }));
      if (waits.size > MAX_WAITING) this.#giveUpOldest(connection);
    });
    try {
      return await Promise.race([reply, late]);
    } finally {
      clearTimeout(timer);
      if (wait) waits.delete(wait);
      if (waits.size === 0) {
        clearTimeout(connection.timer);
        this.#connections.delete(client);
      }
    }
  }

  /** Ends the oldest waits beyond the limit, each when it has waited long enough. */
  #giveUpOldest(connection: Connection): void {
    if (connection.timer) return;
    const { waits } = connection;
    let excess = waits.size - MAX_WAITING;
    for (const { since, giveUp } of waits) {
      if (excess-- <= 0) return;
      const left = since + PATIENCE_MS - performance.now();
      if (left <= 0) giveUp();
      else {
        connection.timer = setTimeout(() => {
          connection.timer = undefined;
          this.#giveUpOldest(connection);
        }, left);
        return;
      }
    }
  }
}
