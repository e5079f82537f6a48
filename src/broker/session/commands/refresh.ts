import { CommandError, DISCONNECTS } from "../../protocol/codes.js";
import type { Command } from "../../protocol/client-commands.js";
import type { Connection } from "../client-connection.js";
import { omitEmpty } from "../../protocol/server-messages.js";

/** A new token before the old one expires. */
export async function refresh(connection: Connection, command: Command): Promise<void> {
  const { token } = command.refresh!;
  if (token === "") throw DISCONNECTS.badRequest;
  const verified = await connection.core.connectionTokens
    .verifyConnection(token)
    .catch((error: unknown) => {
      throw error instanceof CommandError ? DISCONNECTS.connectionExpired : error;
    });
  if (verified.user !== connection.user) throw DISCONNECTS.invalidToken;
  if (channelsChanged(connection, new Set(verified.subscriptions.keys()))) {
    throw DISCONNECTS.insufficientState;
  }
  connection.refresh(verified.expireAt, verified.info, verified.meta);
  const { ttl } = connection;
  connection.reply(command.id, { refresh: omitEmpty({ expires: ttl !== undefined, ttl }) });
}

/** A reconnect applies other channels than those of the token before. */
function channelsChanged({ subscriptions }: Connection, channels: ReadonlySet<string>): boolean {
  const added = [...channels].some((channel) => !subscriptions.has(channel));
  const removed = subscriptions
    .entries()
    .some(([channel, { fromConnectionToken }]) => fromConnectionToken && !channels.has(channel));
  return added || removed;
}
