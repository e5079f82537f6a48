import { type ErrorName, RPCError } from "../../protocol/index.js";
import type { ConnectionContext, Method } from "../../server/index.js";
import { MAX_BODY_BYTES, MAX_JSON_DEPTH, type UnreadBody } from "../json-body.js";
import { readAnswer } from "./answer.js";
import {
  type CallAnswer,
  type ServiceClient,
  ServiceFailure,
  statusReason,
} from "./service-client.js";

/** What a call needs of the service that it goes to. */
export interface CalledService {
  readonly url: string;
  readonly client: Pick<ServiceClient, "call">;
  /** An answer named the entity tag of the contract. */
  sawContract(etag: string): void;
  /** A call could not be run there. Gives whether that is news. */
  seemsDown(): boolean;
}

/** The handler of a method of a service. What it throws is an RPCError. */
export function callHandler(service: CalledService, method: string): Method["handler"] {
  return async (conn, params) => {
    const time = callTime(conn);
    try {
      const body = callBody(conn, method, params, time.timeoutMs);
      const answer = await service.client.call(body, traceOf(conn), time.signal);
      if (answer.contractTag !== undefined) service.sawContract(answer.contractTag);
      return await resultOf(answer);
    } catch (error) {
      if (time.signal.aborted) throw time.signal.reason;
      if (error instanceof Unusable) throw told(error, service, conn);
      if (error instanceof ServiceFailure) throw told(unusable(error), service, conn);
      throw error;
    } finally {
      time.end();
    }
  };
}

/** Why a call has no answer for its caller: an error of the table, and more for the log. */
class Unusable extends Error {
  readonly error: ErrorName;

  constructor(error: ErrorName, reason: string, cause?: unknown) {
    super(reason, { cause });
    this.error = error;
  }
}

/** @throws RPCError that the handler ended with, Unusable, or ServiceFailure. */
async function resultOf(answer: CallAnswer): Promise<unknown> {
  const { status } = answer;
  if (status !== 200) {
    answer.discard();
    throw new Unusable(errorOfStatus(status), statusReason(status));
  }
  const body = await answer.json();
  if ("unread" in body) throw unread(body.unread);
  const outcome = readOutcome(body.value);
  if ("error" in outcome) throw outcome.error;
  return outcome.result;
}

const ERROR_OF_STATUS: Readonly<Record<number, ErrorName>> = {
  401: "unavailable",
  403: "unavailable",
  404: "unavailable",
  413: "payload_too_large",
  429: "rate_limited",
  502: "outcome_unknown",
  503: "unavailable",
  504: "outcome_unknown",
};

function errorOfStatus(status: number): ErrorName {
  const isRedirect = status >= 300 && status < 400;
  return isRedirect ? "unavailable" : (ERROR_OF_STATUS[status] ?? "internal");
}

function unread(reason: UnreadBody): Unusable {
  if (reason === "too_large") {
    return new Unusable("payload_too_large", `its answer is larger than ${MAX_BODY_BYTES} bytes`);
  }
  const isDeep = reason === "too_deep";
  const what = isDeep ? `is nested deeper than ${MAX_JSON_DEPTH} levels` : "is no JSON";
  return new Unusable("internal", `its answer ${what}`);
}

function readOutcome(body: unknown): ReturnType<typeof readAnswer> {
  try {
    return readAnswer(body);
  } catch (error) {
    throw new Unusable("internal", (error as Error).message);
  }
}

function unusable(failure: ServiceFailure): Unusable {
  const { sent, unreadable, message } = failure;
  if (unreadable) return new Unusable("internal", message, failure);
  return new Unusable(sent ? "outcome_unknown" : "unavailable", message, failure);
}

/** The error for the caller, who learns nothing of the service. What is wrong is logged. */
function told(problem: Unusable, service: CalledService, conn: ConnectionContext): RPCError {
  const { error, message: reason } = problem;
  const { log } = conn;
  const data = { url: service.url, reason };
  // That a service is down is logged once, and not with each call.
  const isKnown = error === "rate_limited" || (error === "unavailable" && !service.seemsDown());
  if (isKnown) log.debug(data, "handler service did not run the call");
  else if (error === "internal") log.error(data, "handler service gave no usable answer");
  else log.warn(data, "handler service gave no usable answer");
  return RPCError.of(error, undefined, undefined, { cause: problem });
}

function callBody(
  conn: ConnectionContext,
  method: string,
  params: unknown,
  timeoutMs: number,
): string {
  return JSON.stringify({
    version: 1,
    method,
    params,
    correlation_id: conn.correlationId,
    timeout_ms: timeoutMs,
    connection: {
      user_id: conn.userId,
      client_id: conn.clientId,
      transport: conn.transport,
      protocol: conn.protocol,
      meta: conn.meta,
    },
  });
}

function traceOf({ traceparent, tracestate }: ConnectionContext): Record<string, string> {
  return {
    ...(traceparent !== undefined && { traceparent }),
    ...(tracestate !== undefined && { tracestate }),
  };
}

/** The longest time of a timer, about 25 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** How long a call may take. The signal aborts, with an RPCError, when it is over. */
function callTime({ deadline, signal }: ConnectionContext) {
  const controller = new AbortController();
  const timeoutMs = Math.min(Math.max(deadline.getTime() - Date.now(), 1), MAX_TIMER_MS);
  const timer = setTimeout(() => controller.abort(RPCError.of("deadline_exceeded")), timeoutMs);
  const abort = (): void => controller.abort(abortError(signal.reason));
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  return {
    timeoutMs,
    signal: controller.signal,
    end(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    },
  };
}

function abortError(reason: unknown): RPCError {
  if (reason instanceof RPCError) return reason;
  return RPCError.of("cancelled", undefined, undefined, { cause: reason });
}
