import type { ChannelRule } from "../../channels/channel-rules.js";
import { ERRORS } from "../../protocol/codes.js";
import { publishedData, type Command } from "../../protocol/client-commands.js";
import type { Connection } from "../client-connection.js";
import { may, ruleForClient } from "../../channels/permissions.js";
import type { PublishRequest } from "../../channels/channel-publisher.js";
import { RawJson } from "../../protocol/raw-json.js";

export async function publish(connection: Connection, command: Command): Promise<void> {
  const { channel, type } = command.publish!;
  const { core } = connection;
  const rule = ruleForClient(connection, channel);
  // Publications of the map type, which no channel here has.
  if (type !== 0) throw ERRORS.permissionDenied;
  const data = publishedData(command);
  if (!core.rules.acceptsData(rule.options, data?.text ?? "")) throw ERRORS.badRequest;
  const publication = await authorize(connection, channel, rule, data);
  core.publisher.publish(channel, rule, {
    ...publication,
    info: connection.clientInfo(channel),
  });
  connection.reply(command.id, { publish: {} });
}

/** What is published: the publish proxy decides instead of the options where it is enabled. */
async function authorize(
  connection: Connection,
  channel: string,
  rule: ChannelRule,
  data: RawJson | undefined,
): Promise<Pick<PublishRequest, "data" | "skipHistory">> {
  if (rule.options.publish_proxy_enabled) return askBackend(connection, channel, rule, data);
  if (rule.options.subscribe_stream_proxy_enabled) throw ERRORS.notAvailable;
  const subscribed = connection.subscriptions.has(channel);
  if (!may("publish", connection, rule, subscribed)) throw ERRORS.permissionDenied;
  return { data };
}

async function askBackend(
  connection: Connection,
  channel: string,
  { options }: ChannelRule,
  data: RawJson | undefined,
): Promise<Pick<PublishRequest, "data" | "skipHistory">> {
  const { backend, rules } = connection.core;
  const request = { channel, ...(data && { data: data.parse() }) };
  const result = await backend.publish(connection, options.publish_proxy_name, request);
  const published = RawJson.of(result?.data) ?? data;
  if (!rules.acceptsData(options, published?.text ?? "")) throw ERRORS.badRequest;
  return { data: published, skipHistory: result?.skip_history };
}
