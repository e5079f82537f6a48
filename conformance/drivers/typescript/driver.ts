// The TypeScript client behind the drivers' language (see conformance/README.md).
import {
  CentrifugoRPCClient,
  ConnectionError,
  RPCError,
  UnauthorizedError,
} from "centrifugo-rpc/client";

export interface Command {
  id: number;
  op: "connect" | "call" | "cancel" | "disconnect";
  url?: string;
  token?: string;
  user_id?: string;
  tokens?: string[];
  method?: string;
  params?: unknown;
  timeout_ms?: number;
  call?: number;
}

/** Works on commands; each answer goes to `send`. */
export function createDriver(send: (answer: object) => void): (command: Command) => Promise<void> {
  let client: CentrifugoRPCClient | undefined;
  const calls = new Map<number, AbortController>();

  async function work(command: Command): Promise<object> {
    switch (command.op) {
      case "connect":
        client = new CentrifugoRPCClient(
          command.url ?? "",
          command.token ?? "",
          command.user_id ?? "",
          command.tokens ? { getToken: tokenGiver(command.tokens) } : {},
        );
        await client.connect();
        return { ok: true };
      case "call": {
        const controller = new AbortController();
        calls.set(command.id, controller);
        const timeout = command.timeout_ms === undefined ? {} : { timeout: command.timeout_ms };
        const result: unknown = await client?.call(command.method ?? "", command.params, {
          signal: controller.signal,
          ...timeout,
        });
        return { result };
      }
      case "cancel":
        calls.get(command.call ?? 0)?.abort();
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
