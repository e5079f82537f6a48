import { CommandError, Disconnect, DISCONNECTS, ERRORS } from "../protocol/codes.js";
import type { Command } from "../protocol/client-commands.js";
import { history, presence, presenceStats, publish } from "./commands/channel-commands.js";
import { connect, refresh } from "./commands/connect.js";
import { subRefresh, subscribe, unsubscribe } from "./commands/subscribe.js";
import { rpc } from "./commands/rpc.js";
import type { ClientConnection } from "./client-connection.js";

/** Answers one command, or throws the error or the disconnect to answer it with. */
export type CommandHandler = (
  connection: ClientConnection,
  command: Command,
) => void | Promise<void>;

/** If a command has several requests, the first one in this order counts, as in Centrifugo. */
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

/** These end before the next command is read, whatever `client.concurrency` is. */
const ALWAYS_IN_ORDER = new Set(["connect", "unsubscribe", "send"]);

/**
 * Runs a command. Returns when the next one may be read: after the answer, or with
 * `client.concurrency` above 1 after the start.
 *
 * @throws Disconnect for something that is not a command, or not allowed before connect.
 */
export async function dispatch(connection: ClientConnection, command: Command): Promise<void> {
  if (!connection.authenticated && command.connect === undefined) throw DISCONNECTS.badRequest;
  if (command.id === 0 && command.send === undefined) return connection.heartbeat.receivePong();
  const found = HANDLERS.find(([key]) => command[key] !== undefined);
  if (found === undefined) throw DISCONNECTS.badRequest;
  const [name, known] = found;
  // Centrifugo does not answer pings by clients. Alone, they are not even a command.
  const handler = command.ping && name !== "connect" ? notAvailable : known;
  const { semaphore } = connection;
  if (semaphore === undefined || ALWAYS_IN_ORDER.has(name))
    return run(connection, command, handler);
  await semaphore.acquire();
  if (connection.isClosed) return semaphore.release();
  void run(connection, command, handler).finally(() => semaphore.release());
}

async function run(connection: ClientConnection, command: Command, handler: CommandHandler) {
  try {
    await handler(connection, command);
  } catch (error) {
    if (error instanceof Disconnect) return connection.close(error);
    if (!(error instanceof CommandError)) {
      connection.core.log.error({ err: error, client: connection.id }, "a command failed");
    }
    connection.replyError(command.id, error instanceof CommandError ? error : ERRORS.internal);
    if (command.connect) connection.refuse();
  }
}

function notAvailable(): never {
  throw ERRORS.notAvailable;
}

/** Centrifugo does not accept messages without a reply. */
function send(): never {
  throw DISCONNECTS.notAvailable;
}
