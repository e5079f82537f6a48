// The TypeScript client behind the drivers' language (see conformance/README.md).
import {
  CentrifugoRPCClient,
  ConnectionError,
  RPCError,
  UnauthorizedError,
  type ClientContractMethod,
  type Subscription,
} from "centrifugo-rpc/client";

export interface Command {
  id: number;
  op: "connect" | "call" | "cancel" | "disconnect" | "subscribe" | "unsubscribe";
  url?: string;
  token?: string;
  user_id?: string;
  /** Which of the driver's clients; 0 by default. */
  client?: number;
  tokens?: string[];
  method?: string;
  params?: unknown;
  timeout_ms?: number;
  idempotency_key?: string;
  call?: number;
  contract?: { hash: string; methods: ClientContractMethod[] };
  channel?: string;
  failures?: number;
  failing_errors?: boolean;
  subscription?: number;
}

/** Works on commands; each answer goes to `send`. */
export function createDriver(send: (answer: object) => void): (command: Command) => Promise<void> {
  const clients = new Map<number, CentrifugoRPCClient>();
  const calls = new Map<number, AbortController>();
  const subscriptions = new Map<number, Subscription>();

  function watch(
    rpc: CentrifugoRPCClient,
    id: number,
    { hash, methods }: NonNullable<Command["contract"]>,
  ): void {
    rpc.watchContract({ hash, load: () => Promise.resolve(methods) }, (mismatch) =>
      send({
        id,
        event: { mismatch: { server_hash: mismatch.serverHash, methods: mismatch.methods } },
      }),
    );
  }

  async function subscribe(rpc: CentrifugoRPCClient, { id, ...command }: Command): Promise<void> {
    let failures = command.failures ?? 0;
    const onError = (error: unknown): void => {
      send({ id, event: { error: describe(error, undefined) } });
      if (command.failing_errors) throw new Error("the test asks for a failure");
    };
    const subscription = await rpc.subscribe(
      command.channel ?? "",
      (data, message) => {
        if (failures-- > 0) throw new Error("the test asks for a failure");
        send({ id, event: { data, message_id: message.messageId ?? null } });
      },
      { onError },
    );
    subscriptions.set(id, subscription);
  }

  async function work(command: Command): Promise<object> {
    const key = command.client ?? 0;
    let client = clients.get(key);
    switch (command.op) {
      case "connect":
        client = new CentrifugoRPCClient(
          command.url ?? "",
          command.token ?? "",
          command.user_id ?? "",
          command.tokens ? { getToken: tokenGiver(command.tokens) } : {},
        );
        clients.set(key, client);
        if (command.contract) watch(client, command.id, command.contract);
        await client.connect();
        return { ok: true };
      case "call": {
        const controller = new AbortController();
        calls.set(command.id, controller);
        const { timeout_ms, idempotency_key } = command;
        const result: unknown = await client?.call(command.method ?? "", command.params, {
          signal: controller.signal,
          ...(timeout_ms !== undefined && { timeout: timeout_ms }),
          ...(idempotency_key !== undefined && { idempotencyKey: idempotency_key }),
        });
        return { result };
      }
      case "cancel":
        calls.get(command.call ?? 0)?.abort();
        return { ok: true };
      case "subscribe":
        await subscribe(client!, command);
        return { ok: true };
      case "unsubscribe":
        subscriptions.get(command.subscription ?? 0)?.unsubscribe();
        return { ok: true };
      case "disconnect":
        client?.disconnect();
        return { ok: true };
      default:
        throw new TypeError(`unknown op ${JSON.stringify(command)}`);
    }
  }

  return async (command) => {
    try {
      send({ id: command.id, ...(await work(command)) });
    } catch (error) {
      send({ id: command.id, error: describe(error, calls.get(command.id)?.signal) });
    } finally {
      calls.delete(command.id);
    }
  };
}

function tokenGiver(tokens: string[]): () => Promise<string> {
  return async () => {
    const token = tokens.shift();
    if (token === undefined) throw new UnauthorizedError("no more tokens");
    return token;
  };
}

function describe(error: unknown, signal: AbortSignal | undefined): object {
  const { message } = error as Error;
  if (error instanceof ConnectionError) return { kind: "connection", code: error.code, message };
  if (!(error instanceof RPCError)) return { kind: "unexpected", message: String(error) };
  const kind = signal?.aborted ? "cancelled" : "rpc";
  return { kind, code: error.code, message, details: error.details };
}
