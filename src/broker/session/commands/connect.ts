import { DISCONNECTS, ERRORS } from "../../protocol/codes.js";
import type { Command, ConnectRequest } from "../../protocol/client-commands.js";
import type { Connection, Identity } from "../client-connection.js";
import { VERSION } from "../../core.js";
import { omitEmpty } from "../../protocol/server-messages.js";
import { maySubscribe } from "../../channels/permissions.js";
import { optionsOf } from "../../channels/subscribe-options.js";
import type { SubscribeOptions } from "../subscription-set.js";
import { unixSeconds } from "../../timers.js";
import type { ConnectionToken } from "../../tokens/token-verifier.js";

/** The first command of a connection: https://centrifugal.dev/docs/server/authentication */
export async function connect(connection: Connection, command: Command): Promise<void> {
  const request = command.connect!;
  if (connection.authenticated) throw DISCONNECTS.badRequest;
  const token = await verify(connection, request.token);
  if (connection.isClosed) return;
  const { config, hub } = connection.core;
  const {
    user_connection_limit: limit,
    connect_include_server_time,
    ping_interval,
  } = config.client;
  if (limit > 0 && token.user !== "" && hub.ofUser(token.user).length >= limit) {
    throw DISCONNECTS.connectionLimit;
  }
  const identity: Identity = { ...token, expireAt: config.client.insecure ? 0 : token.expireAt };
  if (identity.expireAt > 0 && identity.expireAt < unixSeconds()) throw ERRORS.expired;
  const subscriptions = serverSideSubscriptions(connection, token, request);
  if (config.client.channel_limit > 0 && subscriptions.size > config.client.channel_limit) {
    throw DISCONNECTS.channelLimit;
  }

  connection.authenticate(identity);
  const subs = subscribeAll(connection, subscriptions, request);
  const { ttl } = connection;
  connection.reply(command.id, {
    connect: omitEmpty({
      client: connection.id,
      version: VERSION,
      expires: ttl !== undefined,
      ttl,
      subs: subscriptions.size > 0 ? subs : undefined,
      ping: Math.floor(ping_interval / 1000),
      pong: true,
      time: connect_include_server_time ? Date.now() : 0,
    }),
  });
  for (const channel of subscriptions.keys()) connection.subscriptions.announce(channel);
  connection.startTimers();
}

async function verify({ core }: Connection, token: string): Promise<ConnectionToken> {
  const { client } = core.config;
  const anonymous = { user: "", expireAt: 0, info: undefined, meta: undefined };
  if (token === "") {
    if (!client.allow_anonymous_connect_without_token && !client.insecure) {
      throw DISCONNECTS.badRequest;
    }
    return { ...anonymous, subscriptions: new Map() };
  }
  const verified = await core.connectionTokens.verifyConnection(token);
  if (verified.user === "" && client.disallow_anonymous_connection_tokens) {
    throw DISCONNECTS.permissionDenied;
  }
  return verified;
}

/** Channels of the token, the user's personal channel, and what the client asks for and may have. */
function serverSideSubscriptions(
  connection: Connection,
  token: ConnectionToken,
  request: ConnectRequest,
): Map<string, SubscribeOptions> {
  const { rules, config } = connection.core;
  const granted = new Map<string, SubscribeOptions>();
  for (const [channel, subscription] of token.subscriptions) {
    const rule = rules.find(channel);
    if (rule === undefined) throw ERRORS.unknownChannel;
    const options = optionsOf(rule, subscription);
    granted.set(channel, { ...options, serverSide: true, fromConnectionToken: true });
  }
  const personal = config.client.subscribe_to_user_personal_channel;
  if (personal.enabled && token.user !== "") {
    const channel = rules.personalChannel(token.user, personal.personal_channel_namespace);
    const rule = rules.find(channel);
    if (rule === undefined) throw ERRORS.unknownChannel;
    granted.set(channel, { ...optionsOf(rule), serverSide: true });
  }
  for (const channel of Object.keys(request.subs)) {
    const rule = rules.find(channel);
    if (rule === undefined) throw DISCONNECTS.badRequest;
    const open = !rule.private && rule.validName && !rule.options.subscribe_proxy_enabled;
    const allowed =
      open && maySubscribe({ user: token.user, core: connection.core }, channel, rule);
    if (allowed && !granted.has(channel)) {
      granted.set(channel, { ...optionsOf(rule), serverSide: true });
    }
  }
  return granted;
}

function subscribeAll(
  connection: Connection,
  subscriptions: ReadonlyMap<string, SubscribeOptions>,
  request: ConnectRequest,
): Record<string, object> {
  const results = [...subscriptions].map(([channel, options]): [string, object] => [
    channel,
    connection.subscriptions.add(channel, options, request.subs[channel]),
  ]);
  return Object.fromEntries(results);
}
