import { ERRORS } from "../../protocol/codes.js";
import type { Command } from "../../protocol/client-commands.js";
import type { Connection } from "../client-connection.js";
import { publicationBody } from "../../protocol/server-messages.js";
import { may, ruleForClient } from "../../channels/permissions.js";

export function history(connection: Connection, command: Command): void {
  const { channel, since, limit, reverse } = command.history!;
  const { core } = connection;
  const rule = ruleForClient(connection, channel);
  if (!rule.hasHistory) throw ERRORS.notAvailable;
  const subscribed = connection.subscriptions.has(channel);
  if (!may("history", connection, rule, subscribed)) throw ERRORS.permissionDenied;

  const maxLimit = core.config.client.history_max_publication_limit;
  const unlimited = limit < 0 || limit > maxLimit;
  const filter = { since, limit: maxLimit > 0 && unlimited ? maxLimit : limit, reverse };
  const { publications, position } = core.history.read(channel, filter, rule.historyMetaTtl);
  const { epoch, offset } = position;
  connection.reply(command.id, {
    history: { publications: publications.map(publicationBody), epoch, offset },
  });
}
