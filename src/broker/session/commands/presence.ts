import { ERRORS } from "../../protocol/codes.js";
import type { Command } from "../../protocol/client-commands.js";
import type { Connection } from "../client-connection.js";
import { may, ruleForClient } from "../../channels/permissions.js";

export function presence(connection: Connection, command: Command): void {
  const { channel } = command.presence!;
  authorize(connection, channel);
  connection.reply(command.id, {
    presence: { presence: connection.core.hub.presence(channel) },
  });
}

export function presenceStats(connection: Connection, command: Command): void {
  const { channel } = command.presence_stats!;
  authorize(connection, channel);
  connection.reply(command.id, { presence_stats: connection.core.hub.presenceStats(channel) });
}

function authorize(connection: Connection, channel: string): void {
  const rule = ruleForClient(connection, channel);
  if (!rule.options.presence) throw ERRORS.notAvailable;
  const subscribed = connection.subscriptions.has(channel);
  if (!may("presence", connection, rule, subscribed)) throw ERRORS.permissionDenied;
}
