import type { PublishRequest } from "../../channels/channel-publisher.js";
import type { ChannelRule } from "../../channels/channel-rules.js";
import { may, ruleForClient } from "../../channels/permissions.js";
import type { Command } from "../../protocol/client-commands.js";
import { ERRORS } from "../../protocol/codes.js";
import { RawJson } from "../../protocol/raw-json.js";
import { publicationBody } from "../../protocol/server-messages.js";
import type { ClientConnection } from "../client-connection.js";

/** The type of publications into map channels, which are not implemented. */
const MAP = 1;

export async function publish(connection: ClientConnection, command: Command): Promise<void> {
  const { channel, data, type } = command.publish!;
  const { core } = connection;
  const rule = ruleForClient(connection, channel);
  if (!core.rules.acceptsData(rule.options, data)) throw ERRORS.badRequest;
  if (type === MAP) throw ERRORS.permissionDenied;
  const publication = await authorizePublication(connection, channel, rule, data);
  core.publisher.publish(channel, rule, {
    ...publication,
    info: connection.clientInfo(channel),
  });
  connection.reply(command.id, { publish: {} });
}

/** What to publish. If the publish proxy is enabled, it decides instead of the options. */
async function authorizePublication(
  connection: ClientConnection,
  channel: string,
  rule: ChannelRule,
  data: RawJson,
): Promise<Pick<PublishRequest, "data" | "skipHistory">> {
  if (rule.options.publish_proxy_enabled) return askBackend(connection, channel, rule, data);
  const subscribed = connection.subscriptions.has(channel);
  if (!may("publish", connection, rule, subscribed)) throw ERRORS.permissionDenied;
  return { data };
}

async function askBackend(
  connection: ClientConnection,
  channel: string,
  { options }: ChannelRule,
  data: RawJson,
): Promise<Pick<PublishRequest, "data" | "skipHistory">> {
  const { backend, rules } = connection.core;
  const request = { channel, data: data.parse() };
  const result = await backend.publish(connection, request);
  const published = RawJson.of(result?.data) ?? data;
  if (!rules.acceptsData(options, published)) throw ERRORS.badRequest;
  return { data: published, skipHistory: result?.skip_history };
}

export function history(connection: ClientConnection, command: Command): void {
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

export function presence(connection: ClientConnection, command: Command): void {
  const { channel } = command.presence!;
  authorizePresence(connection, channel);
  connection.reply(command.id, {
    presence: { presence: connection.core.hub.presence(channel) },
  });
}

export function presenceStats(connection: ClientConnection, command: Command): void {
  const { channel } = command.presence_stats!;
  authorizePresence(connection, channel);
  connection.reply(command.id, { presence_stats: connection.core.hub.presenceStats(channel) });
}

function authorizePresence(connection: ClientConnection, channel: string): void {
  const rule = ruleForClient(connection, channel);
  if (!rule.options.presence) throw ERRORS.notAvailable;
  const subscribed = connection.subscriptions.has(channel);
  if (!may("presence", connection, rule, subscribed)) throw ERRORS.permissionDenied;
}
