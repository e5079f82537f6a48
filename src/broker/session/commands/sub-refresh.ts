import { CommandError, DISCONNECTS, ERRORS } from "../../protocol/codes.js";
import type { Command } from "../../protocol/client-commands.js";
import type { Connection } from "../client-connection.js";
import { omitEmpty } from "../../protocol/server-messages.js";
import { unixSeconds } from "../../timers.js";
import { checkOwner } from "./subscribe.js";

/** A new subscription token before the old one expires. */
export async function subRefresh(connection: Connection, command: Command): Promise<void> {
  const { channel, token } = command.sub_refresh!;
  if (channel === "") throw DISCONNECTS.badRequest;
  const subscription = connection.subscriptions.get(channel);
  if (subscription === undefined) throw ERRORS.permissionDenied;
  if (subscription.serverSide) throw DISCONNECTS.badRequest;
  if (token === "") throw ERRORS.badRequest;
  const verified = await connection.core.subscriptionTokens
    .verifySubscription(token)
    .catch((error: unknown) => {
      throw error instanceof CommandError ? DISCONNECTS.subscriptionExpired : error;
    });
  checkOwner(connection, channel, verified);
  const { expireAt, info } = verified;
  connection.subscriptions.extend(channel, expireAt, info);
  const ttl = expireAt === 0 ? 0 : expireAt - unixSeconds();
  connection.reply(command.id, { sub_refresh: omitEmpty({ expires: expireAt > 0, ttl }) });
}
