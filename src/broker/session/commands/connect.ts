import { maySubscribe } from "../../channels/permissions.js";
import { optionsOf, type SubscribeOptions } from "../../channels/subscribe-options.js";
import { VERSION } from "../../core.js";
import type { Command, ConnectRequest } from "../../protocol/client-commands.js";
import { DISCONNECTS, ERRORS } from "../../protocol/codes.js";
import { omitEmpty } from "../../protocol/server-messages.js";
import { isPast } from "../../timers.js";
import type { ConnectionToken } from "../../tokens/token-verifier.js";
import type { ClientConnection } from "../client-connection.js";

/** The first command of a connection: https://centrifugal.dev/docs/server/authentication */
export async function connect(connection: ClientConnection, command: Command): Promise<void> {
  const request = command.connect!;
  if (connection.authenticated) throw DISCONNECTS.badRequest;
  const token = await verify(connection, request.token);
  if (connection.isClosed) return;
  const { client } = connection.core.config;
  if (isPast(token.expireAt)) throw ERRORS.expired;
  const subscriptions = serverSideSubscriptions(connection, token, request);
  if (client.channel_limit > 0 && subscriptions.size > client.channel_limit) {
    throw DISCONNECTS.channelLimit;
  }

  connection.authenticate(token);
  const subs = subscribeAll(connection, subscriptions, request);
  const { ttl } = connection;
  connection.reply(command.id, {
    connect: omitEmpty({
      client: connection.id,
      version: VERSION,
      expires: ttl !== undefined,
      ttl,
      subs: subscriptions.size > 0 ? subs : undefined,
      ping: Math.floor(client.ping_interval / 1000),
      pong: true,
    }),
  });
  for (const channel of subscriptions.keys()) connection.subscriptions.announce(channel);
  connection.startTimers();
}

async function verify({ core }: ClientConnection, token: string): Promise<ConnectionToken> {
  const { client } = core.config;
  if (token === "") {
    if (!client.allow_anonymous_connect_without_token) throw DISCONNECTS.badRequest;
    return { user: "", expireAt: 0, info: undefined, meta: undefined, subscriptions: new Map() };
  }
  const verified = await core.connectionTokens.verifyConnection(token);
  if (verified.user === "" && client.disallow_anonymous_connection_tokens) {
    throw DISCONNECTS.permissionDenied;
  }
  return verified;
}

/** The channels of the token, and those that the client asks for and may have. */
function serverSideSubscriptions(
  connection: ClientConnection,
  token: ConnectionToken,
  request: ConnectRequest,
): Map<string, SubscribeOptions> {
  const { rules } = connection.core;
  const granted = new Map<string, SubscribeOptions>();
  for (const [channel, subscription] of token.subscriptions) {
    // The verifier has refused tokens with unknown channels.
    const options = optionsOf(rules.find(channel)!, subscription);
    granted.set(channel, { ...options, serverSide: true, fromConnectionToken: true });
  }
  for (const channel of request.subs.keys()) {
    if (channel === "") continue;
    const rule = rules.find(channel);
    if (rule === undefined) throw DISCONNECTS.badRequest;
    const open = !rule.private && rule.validName;
    const allowed =
      open && maySubscribe({ user: token.user, core: connection.core }, channel, rule);
    if (allowed && !granted.has(channel)) {
      granted.set(channel, { ...optionsOf(rule), serverSide: true });
    }
  }
  return granted;
}

function subscribeAll(
  connection: ClientConnection,
  subscriptions: ReadonlyMap<string, SubscribeOptions>,
  request: ConnectRequest,
): Record<string, object> {
  const results = [...subscriptions].map(([channel, options]): [string, object] => [
    channel,
    connection.subscriptions.add(channel, options, request.subs.get(channel)),
  ]);
  return Object.fromEntries(results);
}

/** Replaces the token before it expires. */
export async function refresh(connection: ClientConnection, command: Command): Promise<void> {
  const { token } = command.refresh!;
  if (token === "") throw DISCONNECTS.badRequest;
  const verified = await connection.core.connectionTokens
    .verifyConnection(token)
    .catch((error: unknown) => {
      throw error === ERRORS.tokenExpired ? DISCONNECTS.connectionExpired : error;
    });
  if (verified.user !== connection.user) throw DISCONNECTS.invalidToken;
  if (channelsChanged(connection, new Set(verified.subscriptions.keys()))) {
    throw DISCONNECTS.insufficientState;
  }
  connection.refresh(verified.expireAt, verified.info, verified.meta);
  const { ttl } = connection;
  connection.reply(command.id, { refresh: omitEmpty({ expires: ttl !== undefined, ttl }) });
}

/** If the token's channels changed, the client has to reconnect. */
function channelsChanged(
  { subscriptions }: ClientConnection,
  channels: ReadonlySet<string>,
): boolean {
  const added = [...channels].some((channel) => !subscriptions.has(channel));
  const removed = subscriptions
    .entries()
    .some(([channel, { fromConnectionToken }]) => fromConnectionToken && !channels.has(channel));
  return added || removed;
}
