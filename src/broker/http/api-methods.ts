import { hostname } from "node:os";
import type { ApiMethod, ApiRequest } from "./api-requests.js";
import type { ChannelRule } from "../channels/channel-rules.js";
import { CommandError, Disconnect, DISCONNECTS, ERRORS, UNSUBSCRIBES } from "../protocol/codes.js";
import type { RecoveryRequest } from "../protocol/client-commands.js";
import type { Connection } from "../session/client-connection.js";
import { VERSION, type BrokerCore } from "../core.js";
import { globMatcher } from "../config/glob.js";
import { encodePush, omitEmpty, publicationBody } from "../protocol/server-messages.js";
import { rawAt, RawJson } from "../protocol/raw-json.js";
import { optionsOf } from "../channels/subscribe-options.js";
import type { SubscribeOptions } from "../session/subscription-set.js";

type Handlers = {
  [Method in ApiMethod]: (request: ApiRequest<Method>) => object | Promise<object>;
};

/** The API's own texts for two errors that clients get with others. */
const NOT_FOUND = new CommandError(104, "not found");
const INTERNAL = new CommandError(100, "internal server error");

/** The methods of the server API; each returns its result or throws a CommandError. */
export function apiMethods(core: BrokerCore, nodeId: string): Handlers {
  const startedAt = Date.now();
  return {
    publish: (request) => {
      const { channel, b64data } = request.params;
      return publish(core, channel, request, payload(request, "data", b64data));
    },

    broadcast: (request) => {
      const { channels, b64data } = request.params;
      if (channels.length === 0) throw ERRORS.badRequest;
      const data = payload(request, "data", b64data);
      return { responses: channels.map((channel) => publishOne(core, channel, request, data)) };
    },

    subscribe: async (request) => {
      const { params } = request;
      const rule = findRule(core, params.channel);
      const options = {
        ...optionsOf(rule, {
          info: payload(request, "info", params.b64info),
          data: payload(request, "data", params.b64data),
          override: params.override ?? {},
          expireAt: params.expire_at,
        }),
        serverSide: true,
      };
      const since = params.recover_since;
      const recovery = since && { ...since, recover: true };
      const subscribing = targets(core, params).map((connection) =>
        subscribe(connection, params.channel, options, recovery),
      );
      const failed = (await Promise.allSettled(subscribing)).some(
        ({ status }) => status === "rejected",
      );
      if (failed) throw INTERNAL;
      return {};
    },

    unsubscribe: async ({ params }) => {
      if (params.channel !== "") findRule(core, params.channel);
      for (const connection of targets(core, params)) {
        await connection.subscriptions.end(params.channel, UNSUBSCRIBES.server);
      }
      return {};
    },

    disconnect: ({ params }) => {
      const { disconnect, whitelist } = params;
      const reason = disconnect
        ? new Disconnect(disconnect.code, disconnect.reason)
        : DISCONNECTS.forceDisconnect;
      for (const connection of targets(core, params)) {
        if (!whitelist.includes(connection.id)) connection.close(reason);
      }
      return {};
    },

    refresh: (request) => {
      const { params } = request;
      const info = payload(request, "info", "");
      for (const connection of targets(core, params)) {
        refreshConnection(connection, params.expired, params.expire_at, info);
      }
      return {};
    },

    presence: ({ params: { channel } }) => {
      if (!findRule(core, channel).options.presence) throw ERRORS.notAvailable;
      return { presence: core.hub.presence(channel) };
    },

    presence_stats: ({ params: { channel } }) => {
      if (!findRule(core, channel).options.presence) throw ERRORS.notAvailable;
      return core.hub.presenceStats(channel);
    },

    history: ({ params: { channel, limit, since, reverse } }) => {
      const rule = ruleWithHistory(core, channel);
      const filter = { limit, since, reverse };
      const { publications, position } = readHistory(() =>
        core.history.read(channel, filter, rule.historyMetaTtl),
      );
      const { epoch, offset } = position;
      return { publications: publications.map(publicationBody), epoch, offset };
    },

    history_remove: ({ params: { channel } }) => {
      ruleWithHistory(core, channel);
      core.history.remove(channel);
      return {};
    },

    channels: ({ params: { pattern } }) => {
      const matches = pattern === "" ? () => true : compile(pattern);
      const channels = core.hub.channels().filter(([channel]) => matches(channel));
      return {
        channels: Object.fromEntries(
          channels.map(([name, num_clients]) => [name, { num_clients }]),
        ),
      };
    },

    info: () => {
      const uptime = Math.floor((Date.now() - startedAt) / 1000);
      const node = { uid: nodeId, name: hostname(), version: VERSION, ...core.hub.counts() };
      return { nodes: [{ ...node, ...omitEmpty({ uptime }) }] };
    },

    rpc: ({ params: { method } }) => {
      throw method === "" ? ERRORS.badRequest : NOT_FOUND;
    },
  };
}

function publish(
  core: BrokerCore,
  channel: string,
  { params }: ApiRequest<"publish"> | ApiRequest<"broadcast">,
  data: RawJson | undefined,
): object {
  const rule = findRule(core, channel);
  const streams = ["", "stream"].includes(rule.options.subscription_type);
  if (!streams || !core.rules.acceptsData(rule.options, data?.text ?? "")) throw ERRORS.badRequest;
  const position = core.publisher.publish(channel, rule, {
    data,
    tags: params.tags,
    skipHistory: params.skip_history,
    idempotencyKey: params.idempotency_key,
    version: params.version,
    versionEpoch: params.version_epoch,
  });
  return omitEmpty({ ...position });
}

function publishOne(
  core: BrokerCore,
  channel: string,
  request: ApiRequest<"broadcast">,
  data: RawJson | undefined,
): object {
  try {
    return { result: publish(core, channel, request, data) };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { error: { code: error.code, message: error.message } };
  }
}

/** @throws CommandError 107 without a channel, 102 for an unknown one. */
function findRule(core: BrokerCore, channel: string): ChannelRule {
  if (channel === "") throw ERRORS.badRequest;
  const rule = core.rules.find(channel);
  if (rule === undefined) throw ERRORS.unknownChannel;
  return rule;
}

function ruleWithHistory(core: BrokerCore, channel: string): ChannelRule {
  const rule = findRule(core, channel);
  if (!rule.hasHistory) throw ERRORS.notAvailable;
  return rule;
}

function readHistory<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error === ERRORS.unrecoverablePosition ? error : INTERNAL;
  }
}

/** The user's connections, or the one that is named. Sessions are of other transports only. */
function targets(
  core: BrokerCore,
  { user, client, session }: { user: string; client: string; session: string },
): Connection[] {
  if (session !== "") return [];
  return core.hub.ofUser(user).filter(({ id }) => client === "" || id === client);
}

async function subscribe(
  connection: Connection,
  channel: string,
  options: SubscribeOptions,
  recovery: RecoveryRequest | undefined,
): Promise<void> {
  const { subscriptions } = connection;
  try {
    await subscriptions.reserve(channel, async () => {
      const result = subscriptions.add(channel, options, recovery);
      connection.send(subscribePush(channel, result));
      subscriptions.announce(channel);
    });
  } catch (error) {
    if (error !== ERRORS.limitExceeded) throw error;
    connection.close(DISCONNECTS.channelLimit);
  }
}

function refreshConnection(
  connection: Connection,
  expired: boolean,
  expireAt: number,
  info: RawJson | undefined,
): void {
  const isPast = expireAt > 0 && expireAt <= Date.now() / 1000;
  if (expired || isPast) return connection.close(DISCONNECTS.connectionExpired);
  connection.refresh(expireAt, info, undefined);
  const { ttl } = connection;
  connection.send(encodePush("", { refresh: omitEmpty({ expires: ttl !== undefined, ttl }) }));
}

function subscribePush(channel: string, result: Record<string, unknown>): string {
  const { recoverable, epoch, offset, positioned, data } = result;
  return encodePush(channel, { subscribe: { recoverable, epoch, offset, positioned, data } });
}

/** A JSON value of the request as it was written, or decoded from its base64 form. */
function payload(
  { body, path }: ApiRequest<ApiMethod>,
  key: string,
  base64: string,
): RawJson | undefined {
  if (base64 === "") return rawAt(body, [...path, key]);
  const text = Buffer.from(base64, "base64").toString();
  try {
    JSON.parse(text);
  } catch {
    // Subscribers of the JSON protocol, the only one here, could not receive it.
    throw ERRORS.badRequest;
  }
  return new RawJson(text);
}

function compile(pattern: string): (channel: string) => boolean {
  try {
    return globMatcher(pattern);
  } catch {
    throw INTERNAL;
  }
}
