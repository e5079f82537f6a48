import { commandsOver, type DriverError } from "../stack/driver.js";
import type { StartDriver } from "../stack/clients.js";
import type { System } from "./system.js";

/** The connections of all languages. */
export interface Fleet {
  /** The languages of the connections, by their numbers. */
  readonly languages: readonly string[];
  /** Never rejects. */
  call(connection: number, method: string, params: object, timeoutMs: number): Promise<CallEnd>;
  close(): Promise<void>;
}

/** How a call ended for its caller. */
export type CallEnd = { readonly result: unknown } | { readonly error: DriverError };

/** Two connections of each user, as with two tabs. */
const CONNECTIONS_PER_USER = 2;

/** Connects a number of clients, spread over the languages. */
export async function connectFleet(
  starters: Readonly<Record<string, StartDriver>>,
  connections: number,
  system: System,
): Promise<Fleet> {
  const names = Object.keys(starters);
  const links = await Promise.all(Object.values(starters).map(async (start) => await start()));
  const asks = links.map((link) => commandsOver(link));
  const languages = Array.from({ length: connections }, (_, at) => names[at % names.length]!);
  const connect = async (connection: number): Promise<void> => {
    const userId = `user-${Math.floor(connection / names.length / CONNECTIONS_PER_USER)}-${connection % names.length}`;
    const token = await system.token(userId);
    const command = { op: "connect", client: connection, url: system.url, token, user_id: userId };
    await asks[connection % asks.length]!(command).result;
  };
  await Promise.all(languages.map((_, connection) => connect(connection)));
  return {
    languages,
    async call(connection, method, params, timeoutMs) {
      const ask = asks[connection % asks.length]!;
      const command = { op: "call", client: connection, method, params, timeout_ms: timeoutMs };
      try {
        return { result: await ask(command).result };
      } catch (error) {
        return { error: error as DriverError };
      }
    },
    async close() {
      await Promise.all(links.map((link) => link.close()));
    },
  };
}
