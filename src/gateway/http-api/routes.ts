import { decodeJwt } from "jose";
import type { CallLog } from "../../call-log/index.js";
import { CallLogError, CallLogQueryError, readLogQuery } from "../../call-log/index.js";
import { RPCError, type Contract } from "../../protocol/index.js";
import type { AckOptions, PublishResult } from "../../handlers/index.js";
import type { BrokerApi } from "../centrifugo/broker-api.js";
import type { Gateway } from "../gateway.js";
import { jsonResponse } from "../http/http-message.js";
import type { HandlerServiceFigures } from "../observability/metrics.js";
import { createToken } from "../centrifugo/connection-token.js";
import { readinessOf } from "../readiness.js";
import { getRoute, postRoute, type ApiRoute } from "./route.js";
import * as schemas from "./api-schemas.js";

/** What the routes are about, besides the gateway. */
export interface ApiServices {
  /** Presence, history and disconnecting: `createCentrifugoApi` or `createBrokerApi` makes it. */
  broker: BrokerApi;
  /** Signs the tokens of `POST /api/token`. Default: there is no such route. */
  tokenHmacSecret?: string;
  /** What `GET /contract` gives at the moment. Default: there is no such route. */
  contract?: () => Contract;
  /** What `GET /api/logs` reads. Default: there is no such route. */
  callLog?: Pick<CallLog, "query" | "status">;
  /** The handler services of which `GET /ready` tells. Default: it tells of none. */
  handlerServices?: () => readonly HandlerServiceFigures[];
  /** What `GET /metrics` gives, as `createMetrics` makes it. Default: there is no such route. */
  metrics?: { readonly contentType: string; text(): Promise<string> };
  /** Whether `GET /metrics` needs no key. Default false. */
  metricsPublic?: boolean;
}

/** The routes of the HTTP API that these services make possible. */
export function apiRoutes(gateway: Gateway, services: ApiServices): ApiRoute[] {
  return [
    ...publishRoutes(gateway),
    ...channelRoutes(services.broker),
    ...tokenRoutes(services),
    ...stateRoutes(gateway, services),
    ...readingRoutes(services),
  ];
}

function publishRoutes({ publisher }: Gateway): ApiRoute[] {
  return [
    postRoute({
      path: "/api/publish",
      summary: "Publishes to a channel, and waits for acknowledgements if asked to.",
      body: schemas.publishBody,
      description: "It was published; `status` says how it was acknowledged.",
      result: schemas.publishResult,
      errors: [409, 503],
      async handle({ channel, data, ...body }) {
        const { acks, ...options } = messageOptions(body);
        const result =
          acks === undefined
            ? await publisher.publish(channel, data, options)
            : await publisher.publishWithAck(channel, data, { ...options, acks });
        return jsonResponse(statusOf(result), wireResult(result));
      },
    }),
    postRoute({
      path: "/api/broadcast",
      summary: "Publishes the same to many channels, and waits in each if asked to.",
      body: schemas.broadcastBody,
      description:
        "It was published to at least one of them, in whose place in the list it says so.",
      result: schemas.broadcastResult,
      errors: [409, 503],
      async handle({ channels, data, ...body }) {
        const results = await publisher.broadcast(channels, data, messageOptions(body));
        const failed = results.every(({ published }) => !published) ? results[0] : undefined;
        return jsonResponse(failed ? statusOf(failed) : 200, {
          results: results.map(({ channel, ...result }) => ({ channel, ...wireResult(result) })),
          ...(failed && { error: failed.error }),
        });
      },
    }),
  ];
}

function channelRoutes(broker: BrokerApi): ApiRoute[] {
  return [
    postRoute({
      path: "/api/presence",
      summary: "Tells who is subscribed to a channel.",
      body: schemas.presenceBody,
      description: "In the form of Centrifugo.",
      result: schemas.presenceResult,
      errors: [503],
      async handle({ channel }) {
        const clients = await broker.presence(channel);
        const presence = Object.fromEntries(clients.map((client) => [client.client, client]));
        return jsonResponse(200, { presence });
      },
    }),
    postRoute({
      path: "/api/history",
      summary: "Reads what was published to a channel.",
      body: schemas.historyBody,
      description: "In the form of Centrifugo.",
      result: schemas.historyResult,
      errors: [503],
      handle: async ({ channel, ...filter }) =>
        jsonResponse(200, await broker.history(channel, filter)),
    }),
    postRoute({
      path: "/api/disconnect",
      summary: "Ends the connections of a user, or one of them. They do not reconnect.",
      body: schemas.disconnectBody,
      description: "Centrifugo has been told. Whether there was such a connection is not known.",
      result: schemas.disconnectResult,
      errors: [503],
      async handle({ user, client }) {
        await broker.disconnect(user, client);
        return jsonResponse(200, {});
      },
    }),
  ];
}

function tokenRoutes({ tokenHmacSecret: secret }: ApiServices): ApiRoute[] {
  if (!secret) return [];
  return [
    postRoute({
      path: "/api/token",
      summary: "Signs a token with which a user connects.",
      body: schemas.tokenBody,
      description: "The token.",
      result: schemas.tokenResult,
      errors: [],
      async handle({ user, expires_in, meta, channels }) {
        const token = await createToken({
          secret,
          userId: user,
          expiresIn: expires_in,
          ...(meta && { meta }),
          ...(channels && { channels }),
        });
        const { exp = 0 } = decodeJwt(token);
        return jsonResponse(200, { token, expires_at: new Date(exp * 1000).toISOString() });
      },
    }),
  ];
}

function stateRoutes(gateway: Gateway, services: ApiServices): ApiRoute[] {
  const ready = readinessOf(gateway, services);
  return [
    getRoute({
      path: "/ready",
      summary: "Whether the gateway can do its work, for load balancers and orchestrators.",
      open: true,
      results: [
        { status: 200, description: "It can.", schema: schemas.readyResult },
        { status: 503, description: "It cannot.", schema: schemas.readyResult },
      ],
      async handle() {
        const readiness = await ready();
        return jsonResponse(readiness.status === "ready" ? 200 : 503, readiness);
      },
    }),
  ];
}

function readingRoutes(services: ApiServices): ApiRoute[] {
  const { contract, callLog, metrics, metricsPublic = false } = services;
  const routes: ApiRoute[] = [];
  if (contract) {
    routes.push(
      getRoute({
        path: "/contract",
        summary: "The contract of the methods that the gateway serves.",
        results: [
          { status: 200, description: "docs/contract.md.", schema: schemas.contractResult },
        ],
        handle: async () => jsonResponse(200, contract()),
      }),
    );
  }
  if (callLog) {
    routes.push(
      getRoute({
        path: "/api/logs",
        summary: "Reads the call log.",
        query: LOG_PARAMETERS,
        results: [{ status: 200, description: "A page of rows.", schema: schemas.logsResult }],
        handle: async (query) => jsonResponse(200, await readLogs(callLog, query)),
      }),
    );
  }
  if (metrics) {
    routes.push(
      getRoute({
        path: "/metrics",
        summary: "The gateway's metrics, for Prometheus.",
        open: metricsPublic,
        results: [{ status: 200, description: "docs/observability.md.", type: "text/plain" }],
        handle: async () => ({
          status: 200,
          body: await metrics.text(),
          contentType: metrics.contentType,
        }),
      }),
    );
  }
  return routes;
}

/** The parameters of `GET /api/logs`, which `readLogQuery` reads. */
const LOG_PARAMETERS = {
  id: "A correlation ID or a message ID.",
  kind: "`call` or `publish`.",
  method: "Calls of this method.",
  channel: "Publications to this channel.",
  user: "Calls of this user.",
  status: "Any of these, separated by commas.",
  since: "Only what began at this moment or later, as in 2026-01-31T12:00:00Z.",
  until: "Only rows before a time ago or a date.",
  finished_since: "Only what ended at this moment or later.",
  min_duration_ms: "Only what took at least so many milliseconds.",
  limit: "The most rows, 1 to 1000. Default 100.",
  cursor: "The `next` of the page before.",
};

/** @throws RPCError invalid_params, or unavailable when the database cannot be asked. */
async function readLogs(callLog: Pick<CallLog, "query">, query: URLSearchParams): Promise<object> {
  try {
    return await callLog.query(readLogQuery(query));
  } catch (error) {
    const options = { cause: error };
    if (error instanceof CallLogQueryError) {
      throw RPCError.of("invalid_params", error.message, undefined, options);
    }
    if (error instanceof CallLogError) {
      throw RPCError.of("unavailable", error.message, undefined, options);
    }
    // The message of any other error may contain anything.
    throw error;
  }
}

interface MessageBody {
  wait_for_ack: boolean | number | "all";
  ack_timeout?: number | undefined;
  idempotency_key?: string | undefined;
}

function messageOptions({ wait_for_ack, ack_timeout, idempotency_key }: MessageBody): AckOptions {
  return {
    ...(wait_for_ack !== false && { acks: wait_for_ack === true ? 1 : wait_for_ack }),
    ...(ack_timeout !== undefined && { timeout: ack_timeout }),
    ...(idempotency_key !== undefined && { idempotencyKey: idempotency_key }),
  };
}

/** What was published is a success of the request, however it was acknowledged. */
function statusOf({ published, error }: PublishResult): number {
  return published || !error ? 200 : error.code;
}

/** A result as it travels. */
export function wireResult(result: PublishResult): object {
  const { messageId, published, delivered, acksReceived, acksExpected, status, error } = result;
  return {
    message_id: messageId,
    published,
    delivered,
    acks_received: acksReceived,
    acks_expected: acksExpected,
    status,
    ...(error && { error }),
  };
}
