import type { z } from "zod";
import type { HttpResponse } from "../http/http-message.js";

/** One route of the HTTP API. */
export interface ApiRoute {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly summary: string;
  /** Whether it needs no API key. */
  readonly open: boolean;
  /** What a POST takes, as JSON. */
  readonly body?: z.ZodType;
  /** The parameters of a GET, each with what it means. */
  readonly query?: Readonly<Record<string, string>>;
  /** What it answers besides errors. */
  readonly results: readonly ApiResult[];
  /** The statuses of its errors, besides those that every such route may have. */
  readonly errors: readonly number[];
  /** Answers a request; what it throws becomes an error. */
  handle(input: unknown, query: URLSearchParams): Promise<HttpResponse>;
}

/** One form of answer: JSON with a schema, or text of a media type. */
export type ApiResult = { readonly status: number; readonly description: string } & (
  { readonly schema: z.ZodType } | { readonly type: string }
);

/** A route that takes JSON: `handle` gets what its schema makes of it. */
export function postRoute<Body extends z.ZodType>(
  route: Pick<ApiRoute, "path" | "summary" | "errors"> & {
    body: Body;
    /** What the answer of status 200 says, and its form. */
    description: string;
    result: z.ZodType;
    handle(body: z.output<Body>): Promise<HttpResponse>;
  },
): ApiRoute {
  const { path, summary, errors, body, description, result: schema } = route;
  return {
    method: "POST",
    path,
    summary,
    open: false,
    body,
    results: [{ status: 200, description, schema }],
    errors,
    handle: (input) => route.handle(input as z.output<Body>),
  };
}

/** A route that takes nothing but its query. */
export function getRoute(
  route: Pick<ApiRoute, "path" | "summary" | "results" | "query"> & {
    open?: boolean;
    handle(query: URLSearchParams): Promise<HttpResponse>;
  },
): ApiRoute {
  return {
    ...route,
    method: "GET",
    open: route.open ?? false,
    errors: route.query ? [400, 503] : [],
    handle: (_input, query) => route.handle(query),
  };
}
