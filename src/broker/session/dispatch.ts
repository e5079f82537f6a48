import { CommandError, Disconnect, DISCONNECTS, ERRORS } from "../protocol/codes.js";
import type { Command } from "../protocol/client-commands.js";
import { history, presence, presenceStats, publish } from "./commands/channel-commands.js";
import { connect, refresh } from "./commands/connect.js";
import { subRefresh, subscribe, unsubscribe } from "./commands/subscribe.js";
import { rpc } from "./commands/rpc.js";
import type { ClientConnection } from "./client-connection.js";

/** Answers one command, or throws the error or the disconnect to answer with. */
export type CommandHandler = (
  connection: ClientConnection,
  command: Command,
) => void | Promise<void>;

/** Of several requests in one command, the first of this order counts, as in Centrifugo. */
const HANDLERS = [
  ["connect", connect],
  ["subscribe", subscribe],
  ["unsubscribe", unsubscribe],
  ["publish", publish],
  ["presence", presence],
  ["presence_stats", presenceStats],
  ["history", history],
  ["rpc", rpc],
  ["send", send],
  ["refresh", refresh],
  ["sub_refresh", subRefresh],
] as const satisfies [keyof Command, CommandHandler][];

/** These run before the next command is read, whatever `client.concurrency` says. */
const ALWAYS_IN_ORDER = new Set(["connect", "unsubscribe", "send"]);

/**
 * Runs a command. Returns when the next one may be read: when the command is answered, or with
 * `client.concurrency` above 1 when it was started.
 *
 * @throws Disconnect when the connection is to be closed.
 */
export async function dispatch(connection: ClientConnection, command: Command): Promise<void> {
  if (!connection.authenticated && command.connect === undefined) throw DISCONNECTS.badRequest;
  if (command.id === 0 && command.send === undefined) return connection.heartbeat.receivePong();
  const found = HANDLERS.find(([key]) => command[key] !== undefined);
  if (found === undefined) throw DISCONNECTS.badRequest;
  const [name, handler] = found;
  const { semaphore } = connection;
  if (semaphore === undefined || ALWAYS_IN_ORDER.has(name))
    return run(connection, command, handler);
  await semaphore.acquire();
  if (connection.isClosed) return semaphore.release();
  void run(connection, command, handler)
    .catch((error: unknown) => connection.close(asDisconnect(error)))
    .finally(() => semaphore.release());
}

async function run(connection: ClientConnection, command: Command, handler: CommandHandler) {
  try {
    await handler(connection, command);
  } catch (error) {
    if (error instanceof Disconnect) throw error;
    if (!(error instanceof CommandError)) {
      connection.core.log.error({ err: error, client: connection.id }, "a command failed");
    }
    connection.replyError(command.id, error instanceof CommandError ? error : ERRORS.internal);
    if (command.connect) connection.refuse();
  }
}

function asDisconnect(error: unknown): Disconnect {
  return error instanceof Disconnect ? error : DISCONNECTS.serverError;
}

/** Centrifugo has no receiver for messages without a reply. */
function send(): never {
  throw DISCONNECTS.notAvailable;
}
