/** The error in a driver's answer. */
export interface DriverError {
  kind: "connection" | "rpc" | "cancelled" | "unexpected";
  code?: number;
  message: string;
  details?: unknown;
}

/** An answer in the drivers' language (see conformance/README.md). */
export interface Answer {
  id: number;
  result?: unknown;
  error?: DriverError;
  /** Not an answer: an event of a subscription or a connection. */
  event?: DriverEvent;
}

/** An event that a driver reports by itself. */
export interface DriverEvent {
  data?: unknown;
  message_id?: string | null;
  error?: DriverError;
  mismatch?: { server_hash: string; methods: Record<string, string> };
}

/** The contract that a driver's client was generated from. */
export interface DriverContract {
  hash: string;
  methods: readonly object[];
}

/** A subscription of a driver. */
export interface DriverSubscription {
  readonly events: readonly DriverEvent[];
  unsubscribe(): Promise<void>;
}

/** How the suite reaches a driver program. */
export interface DriverLink {
  send(command: object): void;
  onAnswer(listener: (answer: Answer) => void): void;
  /** Resolves when the program has ended. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** A call that a driver is working on. */
export interface DriverCall {
  readonly id: number;
  /** Rejects with an Error that has the fields of a {@link DriverError}. */
  readonly result: Promise<unknown>;
}

/** One client, driven from the suite. Commands reject as a call's result does. */
export interface Driver {
  /** With `tokens`, the client has a `getToken` that returns them and then refuses. */
  connect(url: string, token: string, userId: string, tokens?: readonly string[]): Promise<void>;
  /** Connects with a contract, and returns the events about it. */
  connectWithContract(
    url: string,
    token: string,
    userId: string,
    contract: DriverContract,
  ): Promise<readonly DriverEvent[]>;
  /**
   * The callback fails for the first messages, as many as `failures`; with `failingErrors` the
   * callback for errors fails as well.
   */
  subscribe(
    channel: string,
    failures?: number,
    failingErrors?: boolean,
  ): Promise<DriverSubscription>;
  call(method: string, params: unknown, timeoutMs?: number, idempotencyKey?: string): DriverCall;
  cancel(call: DriverCall): Promise<void>;
  disconnect(): Promise<void>;
  close(): Promise<void>;
}

/** Sends a command to a driver; what the driver reports by itself goes to `reported`. */
export type Ask = (command: object, reported?: DriverEvent[]) => DriverCall;

/** Matches a driver's answers to the commands that are sent over its link. */
export function commandsOver(link: DriverLink): Ask {
  const waiting = new Map<number, (answer: Answer) => void>();
  let lastId = 0;
  const events = new Map<number, DriverEvent[]>();
  link.onAnswer((answer) => {
    if (answer.event) {
      events.get(answer.id)?.push(answer.event);
      return;
    }
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  void link.ended.then(() => {
    const error = { kind: "unexpected", message: "the driver ended" } as const;
    for (const [id, answer] of waiting) answer({ id, error });
  });

  return (command, reported) => {
    const id = ++lastId;
    if (reported) events.set(id, reported);
    const result = new Promise((succeed, fail) => {
      waiting.set(id, ({ result: value, error }) => {
        if (error) fail(Object.assign(new Error(error.message), error));
        else succeed(value);
      });
    });
    // A case may look at a call's end later than it comes.
    result.catch(() => undefined);
    link.send({ id, ...command });
    return { id, result };
  };
}

/** Speaks the drivers' language over a link. */
export function createDriver(link: DriverLink): Driver {
  const ask = commandsOver(link);
  return {
    async connect(url, token, userId, tokens) {
      await ask({ op: "connect", url, token, user_id: userId, tokens }).result;
    },
    async connectWithContract(url, token, userId, contract) {
      const reported: DriverEvent[] = [];
      await ask({ op: "connect", url, token, user_id: userId, contract }, reported).result;
      return reported;
    },
    async subscribe(channel, failures = 0, failingErrors = false) {
      const reported: DriverEvent[] = [];
      const command = { op: "subscribe", channel, failures, failing_errors: failingErrors };
      const { id, result } = ask(command, reported);
      await result;
      return {
        events: reported,
        unsubscribe: async () => void (await ask({ op: "unsubscribe", subscription: id }).result),
      };
    },
    call: (method, params, timeoutMs, key) =>
      ask({ op: "call", method, params, timeout_ms: timeoutMs, idempotency_key: key }),
    async cancel(call) {
      await ask({ op: "cancel", call: call.id }).result;
    },
    async disconnect() {
      await ask({ op: "disconnect" }).result;
    },
    close: () => link.close(),
  };
}
