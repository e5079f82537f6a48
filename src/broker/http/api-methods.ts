import { hostname } from "node:os";
import type { ChannelRule } from "../channels/channel-rules.js";
import type { Client } from "../channels/hub.js";
import { VERSION, type BrokerCore } from "../core.js";
import { CommandError, Disconnect, DISCONNECTS, ERRORS, UNSUBSCRIBES } from "../protocol/codes.js";
import { decodeBase64, raw, readJson } from "../protocol/go-json.js";
import type { RawJson } from "../protocol/raw-json.js";
import { omitEmpty, publicationBody } from "../protocol/server-messages.js";
import type { ApiMethod, ApiRequest } from "./api-requests.js";

type Handlers = {
  [Method in ApiMethod]: (request: ApiRequest<Method>) => object | Promise<object>;
};

/** In the API, this error is not temporary. */
const INTERNAL = new CommandError(100, "internal server error");

/** The methods of the server API; each returns its result or throws a CommandError. */
export function apiMethods(core: BrokerCore, nodeId: string): Handlers {
  const startedAt = Date.now();
  return {
    publish: (params) => publish(core, params.channel, params, dataOf(params)),

    broadcast: (params) => {
      const { channels } = params;
      if (channels.length === 0) throw ERRORS.badRequest;
      const data = dataOf(params);
      return { responses: channels.map((channel) => publishOne(core, channel, params, data)) };
    },

    unsubscribe: async (params) => {
      if (params.channel !== "") findRule(core, params.channel);
      for (const client of targets(core, params)) {
        await client.unsubscribe(params.channel, UNSUBSCRIBES.server);
      }
      return {};
    },

    disconnect: (params) => {
      const { disconnect, whitelist } = params;
      const reason = disconnect
        ? new Disconnect(disconnect.code, disconnect.reason)
        : DISCONNECTS.forceDisconnect;
      for (const client of targets(core, params)) {
        if (!whitelist.includes(client.id)) client.close(reason);
      }
      return {};
    },

    presence: ({ channel }) => {
      if (!findRule(core, channel).options.presence) throw ERRORS.notAvailable;
      return { presence: core.hub.presence(channel) };
    },

    history: ({ channel, limit, since, reverse }) => {
      const rule = findRule(core, channel);
      if (!rule.hasHistory) throw ERRORS.notAvailable;
      const { publications, position } = readHistory(() =>
        core.history.read(channel, { limit, since, reverse }, rule.historyMetaTtl),
      );
      return {
        publications: publications.map((each) => publicationBody({ ...each, version: 0 })),
        ...position,
      };
    },

    info: () => {
      const uptime = Math.floor((Date.now() - startedAt) / 1000);
      const node = { uid: nodeId, name: hostname(), version: VERSION, ...core.hub.counts() };
      return { nodes: [{ ...node, ...omitEmpty({ uptime }) }] };
    },
  };
}

/**
 * The data of a publication; `undefined` for base64 data that is not JSON.
 *
 * @throws CommandError 107 for invalid base64.
 */
function dataOf({ data, b64data }: { data: RawJson | undefined; b64data: string }) {
  if (b64data === "") return data;
  const json = decodeBase64(b64data);
  if (json === undefined) throw ERRORS.badRequest;
  try {
    return readJson(raw, json);
  } catch {
    return undefined;
  }
}

function publish(
  core: BrokerCore,
  channel: string,
  params: ApiRequest<"publish"> | ApiRequest<"broadcast">,
  data: RawJson | undefined,
): object {
  const rule = findRule(core, channel);
  if (!core.rules.acceptsData(rule.options, data)) throw ERRORS.badRequest;
  const position = core.publisher.publish(channel, rule, {
    data,
    tags: Object.fromEntries(params.tags),
    skipHistory: params.skip_history,
    idempotencyKey: params.idempotency_key,
    version: { number: params.version, epoch: params.version_epoch },
  });
  return omitEmpty({ ...position });
}

function publishOne(
  core: BrokerCore,
  channel: string,
  params: ApiRequest<"broadcast">,
  data: RawJson | undefined,
): object {
  try {
    return { result: publish(core, channel, params, data) };
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

function readHistory<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error === ERRORS.unrecoverablePosition ? error : INTERNAL;
  }
}

/** The user's connections, or the one that the request names. WebSockets have no session. */
function targets(
  core: BrokerCore,
  { user, client, session }: { user: string; client: string; session: string },
): Client[] {
  if (session !== "") return [];
  return core.hub.ofUser(user).filter(({ id }) => client === "" || id === client);
}
