import { z } from "zod";
import type { ApiRoute } from "./route.js";
import * as schemas from "./api-schemas.js";

/** The names of schemas in the document. */
const NAMED = {
  PublishRequest: schemas.publishBody,
  BroadcastRequest: schemas.broadcastBody,
  PresenceRequest: schemas.presenceBody,
  HistoryRequest: schemas.historyBody,
  DisconnectRequest: schemas.disconnectBody,
  TokenRequest: schemas.tokenBody,
  PublishResult: schemas.publishResult,
  BroadcastResult: schemas.broadcastResult,
  PresenceResult: schemas.presenceResult,
  HistoryResult: schemas.historyResult,
  DisconnectResult: schemas.disconnectResult,
  TokenResult: schemas.tokenResult,
  HealthResult: schemas.healthResult,
  ReadyResult: schemas.readyResult,
  ContractResult: schemas.contractResult,
  LogsResult: schemas.logsResult,
  ErrorResult: schemas.errorResult,
};

/** What the errors of a status are about. */
const ERRORS: Readonly<Record<number, string>> = {
  400: "The request is wrong: `error.message` says what to change.",
  401: "The API key is missing or wrong.",
  409: "Centrifugo did not answer: it may or may not have been published.",
  413: "The body or the data is too large.",
  415: "The body is not sent as `application/json`.",
  429: "Too many requests at a time.",
  500: "Internal error: the cause is in the gateway's log.",
  503: "Centrifugo, or what the gateway needs besides, cannot be reached.",
};

const HEALTH: Omit<ApiRoute, "handle"> = {
  method: "GET",
  path: "/health",
  summary: "Whether the gateway takes calls.",
  open: true,
  results: [
    { status: 200, description: "It does.", schema: schemas.healthResult },
    { status: 503, description: "It is stopping.", schema: schemas.healthResult },
  ],
  errors: [],
};

/** The API as an OpenAPI 3.1 document: https://spec.openapis.org/oas/v3.1.1.html */
export function openApiDocument(routes: readonly ApiRoute[], basePath: string): object {
  const paths = [HEALTH, ...routes].map((route) => [
    route.path,
    { [route.method.toLowerCase()]: operation(route) },
  ]);
  return {
    openapi: "3.1.0",
    info: {
      title: "centrifugo-rpc gateway",
      version: "1",
      description: "Publishing with acknowledgement, and what belongs to it. See docs/http-api.md.",
    },
    servers: [{ url: basePath || "/" }],
    paths: Object.fromEntries(paths),
    components: {
      schemas: componentSchemas([HEALTH, ...routes]),
      securitySchemes: {
        apiKey: { type: "apiKey", in: "header", name: "X-API-Key" },
        bearer: { type: "http", scheme: "bearer" },
      },
    },
    security: [{ apiKey: [] }, { bearer: [] }],
  };
}

function operation(route: Omit<ApiRoute, "handle">): object {
  const { path, summary, open, body, query, results } = route;
  return {
    operationId: path.split("/").at(-1),
    summary,
    ...(open && { security: [] }),
    ...(query && {
      parameters: Object.entries(query).map(([name, description]) => ({
        name,
        in: "query",
        description,
        schema: { type: "string" },
      })),
    }),
    ...(body && { requestBody: { required: true, content: json(body) } }),
    responses: {
      ...Object.fromEntries(
        results.map((result) => [
          result.status,
          {
            description: result.description,
            content:
              "schema" in result
                ? json(result.schema)
                : { [result.type]: { schema: { type: "string" } } },
          },
        ]),
      ),
      ...Object.fromEntries(
        errorsOf(route).map((status) => [
          status,
          { description: ERRORS[status], content: json(schemas.errorResult) },
        ]),
      ),
    },
  };
}

/** The errors of a route; where a status has a form of its own, that one is described. */
function errorsOf({ open, body, errors, results, path }: Omit<ApiRoute, "handle">): number[] {
  const all = [
    ...(body ? [400, 413, 415, 429] : []),
    ...(open ? [] : [401]),
    ...(path === HEALTH.path ? [] : [500]),
    ...errors,
  ];
  return all.filter((error) => !results.some(({ status }) => status === error));
}

function json(schema: z.ZodType): object {
  const [name] = Object.entries(NAMED).find(([, named]) => named === schema) ?? [];
  return { "application/json": { schema: { $ref: reference(name ?? "") } } };
}

function reference(name: string): string {
  return `#/components/schemas/${name}`;
}

/** The schemas that the routes use: bodies as they may come, results as they go. */
function componentSchemas(routes: readonly Omit<ApiRoute, "handle">[]): object {
  const bodies = new Set(routes.flatMap(({ body }) => body ?? []));
  const results = new Set<z.ZodType>([
    schemas.errorResult,
    ...routes.flatMap((route) =>
      route.results.flatMap((result) => ("schema" in result ? [result.schema] : [])),
    ),
  ]);
  return { ...jsonSchemas(bodies, "input"), ...jsonSchemas(results, "output") };
}

function jsonSchemas(used: ReadonlySet<z.ZodType>, io: "input" | "output"): object {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(NAMED)) {
    if (used.has(schema)) registry.add(schema, { id });
  }
  const { schemas: printed } = z.toJSONSchema(registry, { io, uri: reference });
  return Object.fromEntries(
    // They are parts of a document, and have no names of their own.
    Object.entries(printed).map(([name, schema]) => [
      name,
      { ...schema, $schema: undefined, $id: undefined },
    ]),
  );
}
