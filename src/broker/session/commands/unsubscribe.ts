import { DISCONNECTS } from "../../protocol/codes.js";
import type { Command } from "../../protocol/client-commands.js";
import type { Connection } from "../client-connection.js";

export async function unsubscribe(connection: Connection, command: Command): Promise<void> {
  const { channel } = command.unsubscribe!;
  if (channel === "") throw DISCONNECTS.badRequest;
  await connection.subscriptions.remove(channel);
  connection.reply(command.id, { unsubscribe: {} });
}
