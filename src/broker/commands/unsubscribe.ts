import { DISCONNECTS } from "../codes.js";
import type { Command } from "../command-codec.js";
import type { Connection } from "../connection.js";

export async function unsubscribe(connection: Connection, command: Command): Promise<void> {
  const { channel } = command.unsubscribe!;
  if (channel === "") throw DISCONNECTS.badRequest;
  await connection.subscriptions.remove(channel);
  connection.reply(command.id, { unsubscribe: {} });
}
