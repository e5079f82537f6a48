import { ErrorCode, type WireError } from "../../protocol/index.js";
import { MAX_BODY_BYTES, MAX_JSON_DEPTH, type UnreadBody } from "./json-body.js";

/** A request, independent of `node:http` and the Web standard. */
export interface HttpRequest {
  method: string;
  /** The path without the query. */
  path: string;
  query: URLSearchParams;
  /** The value of a header; `name` is in lower case. */
  header(name: string): string | undefined;
  body: AsyncIterable<Uint8Array>;
  /** Whether nobody waits for the response any more. */
  gone(): boolean;
}

/** A response. */
export interface HttpResponse {
  status: number;
  body: string;
  /** Default `application/json`. */
  contentType?: string;
  /** More headers. */
  headers?: Readonly<Record<string, string>>;
}

/** Answers the requests to one path. */
export interface HttpRoute {
  method: "GET" | "POST";
  path: string;
  handle(request: HttpRequest): Promise<HttpResponse>;
}

/** A response in JSON. */
export function jsonResponse(status: number, body: object): HttpResponse {
  return { status, body: JSON.stringify(body) };
}

/** The one form of errors: `{"error": {"code": 400, "message": "…"}}`. */
export function failure(status: number, message: string, code = status): HttpResponse {
  return jsonResponse(status, { error: { code, message } satisfies WireError });
}

/** The response to a request whose body cannot be used. */
export function unreadBody(reason: UnreadBody): HttpResponse {
  const error = unreadError(reason);
  return jsonResponse(error.code, { error });
}

/** The error for a body that cannot be used. */
export function unreadError(reason: UnreadBody): WireError {
  if (reason === "too_large") {
    const message = `the request body is larger than ${MAX_BODY_BYTES} bytes`;
    return { code: ErrorCode.payload_too_large, message };
  }
  const message =
    reason === "too_deep"
      ? `the request body is nested deeper than ${MAX_JSON_DEPTH} levels`
      : "the request body is not valid JSON";
  return { code: ErrorCode.invalid_params, message };
}
