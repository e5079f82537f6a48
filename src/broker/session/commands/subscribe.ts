import type { ChannelRule } from "../../channels/channel-rules.js";
import { may, maySubscribe, ruleForClient } from "../../channels/permissions.js";
import { optionsOf, type SubscribeOptions } from "../../channels/subscribe-options.js";
import type { Command, SubscribeRequest } from "../../protocol/client-commands.js";
import { DISCONNECTS, ERRORS } from "../../protocol/codes.js";
import { omitEmpty } from "../../protocol/server-messages.js";
import { capExpiry, isPast, unixSeconds } from "../../timers.js";
import type { SubscriptionToken } from "../../tokens/token-verifier.js";
import type { ClientConnection } from "../client-connection.js";

/** Types of subscriptions to channels that are not implemented. */
const SHARED_POLL = 4;
const MAPS = [1, 2, 3];

/** The deltas of the protocol; the broker never uses one. */
const DELTAS = ["", "fossil"];

export async function subscribe(connection: ClientConnection, command: Command): Promise<void> {
  const request = command.subscribe!;
  const { channel } = request;
  if (channel === "") throw DISCONNECTS.badRequest;
  if (request.type === SHARED_POLL) throw ERRORS.notAvailable;
  const isMap = MAPS.includes(request.type);
  if (!isMap && !DELTAS.includes(request.delta)) throw DISCONNECTS.badRequest;
  const { maxLength } = connection.core.rules;
  if (maxLength > 0 && Buffer.byteLength(channel) > maxLength) throw ERRORS.badRequest;
  await connection.subscriptions.reserve(channel, async () => {
    const options = await authorize(connection, request);
    if (connection.isClosed) return;
    if (options.expireAt !== 0 && options.expireAt <= unixSeconds()) throw ERRORS.expired;
    if (request.tf) throw ERRORS.badRequest;
    // Centrifugo fails for unknown types.
    if (request.type > SHARED_POLL) throw DISCONNECTS.serverError;
    const result = connection.subscriptions.add(channel, options, request, request.flag);
    connection.reply(command.id, { subscribe: result });
    connection.subscriptions.announce(channel);
  });
}

/** The checks in Centrifugo's order: https://centrifugal.dev/docs/server/channel_permissions */
async function authorize(
  connection: ClientConnection,
  request: SubscribeRequest,
): Promise<SubscribeOptions> {
  const { channel } = request;
  const rule = ruleForClient(connection, channel);
  if (MAPS.includes(request.type)) throw ERRORS.permissionDenied;
  if (rule.private && request.token === "") throw ERRORS.permissionDenied;
  if (request.token !== "") {
    const token = await verify(connection, channel, request.token);
    return withRequested(optionsOf(rule, token), connection, rule, request);
  }
  if (!maySubscribe(connection, channel, rule)) throw ERRORS.permissionDenied;
  return withRequested(optionsOf(rule), connection, rule, request);
}

async function verify(
  connection: ClientConnection,
  channel: string,
  token: string,
): Promise<SubscriptionToken> {
  const verified = await connection.core.subscriptionTokens
    .verifySubscription(token)
    .catch((error: unknown) => {
      throw error === DISCONNECTS.invalidToken ? ERRORS.permissionDenied : error;
    });
  checkOwner(connection, channel, verified);
  return verified;
}

/** @throws Disconnect 3500 if the token is for another channel, user or connection. */
export function checkOwner(
  connection: ClientConnection,
  channel: string,
  token: SubscriptionToken,
): void {
  const own =
    token.channel === channel &&
    token.user === connection.user &&
    (token.client === "" || token.client === connection.id);
  if (!own) throw DISCONNECTS.invalidToken;
}

/** Adds what the client asks for and the channel allows. */
function withRequested(
  granted: SubscribeOptions,
  connection: ClientConnection,
  rule: ChannelRule,
  request: SubscribeRequest,
): SubscribeOptions {
  const { allow_positioning, allow_recovery, join_leave } = rule.options;
  const history = may("history", connection, rule, true);
  const presence = may("presence", connection, rule, true);
  return {
    ...granted,
    positioned: granted.positioned || (request.positioned && (allow_positioning || history)),
    recoverable: granted.recoverable || (request.recoverable && (allow_recovery || history)),
    pushJoinLeave: granted.pushJoinLeave || (request.join_leave && join_leave && presence),
  };
}

/** Replaces the subscription token before it expires. */
export async function subRefresh(connection: ClientConnection, command: Command): Promise<void> {
  const { channel, token } = command.sub_refresh!;
  if (channel === "") throw DISCONNECTS.badRequest;
  const subscription = connection.subscriptions.get(channel);
  if (subscription === undefined) throw ERRORS.permissionDenied;
  if (subscription.serverSide) throw DISCONNECTS.badRequest;
  if (token === "") throw ERRORS.badRequest;
  const verified = await connection.core.subscriptionTokens
    .verifySubscription(token)
    .catch((error: unknown) => {
      throw error === ERRORS.tokenExpired ? DISCONNECTS.subscriptionExpired : error;
    });
  checkOwner(connection, channel, verified);
  const { info } = verified;
  const expireAt = capExpiry(verified.expireAt);
  if (isPast(expireAt)) throw DISCONNECTS.subscriptionExpired;
  connection.subscriptions.extend(channel, expireAt, info);
  const ttl = expireAt === 0 ? 0 : expireAt - unixSeconds();
  connection.reply(command.id, { sub_refresh: omitEmpty({ expires: expireAt > 0, ttl }) });
}

export async function unsubscribe(connection: ClientConnection, command: Command): Promise<void> {
  const { channel } = command.unsubscribe!;
  if (channel === "") throw DISCONNECTS.badRequest;
  await connection.subscriptions.remove(channel);
  connection.reply(command.id, { unsubscribe: {} });
}
