import { type ContractMethod, type ErrorName, RPCError } from "../../protocol/index.js";
import type { ConnectionContext, Method } from "../../handlers/index.js";
import { MAX_BODY_BYTES, MAX_JSON_DEPTH, type UnreadBody } from "../http/json-body.js";
import { readAnswer } from "./service-answer.js";
import {
  type CallAnswer,
  type ServiceClient,
  ServiceFailure,
  statusReason,
} from "./service-client.js";

/** The service that a call goes to. */
export interface CalledService {
  readonly url: string;
  readonly client: Pick<ServiceClient, "call">;
  /** An answer named the entity tag of the contract. */
  sawContract(etag: string): void;
  /** A call could not run there. Returns whether the service was up until now. */
  seemsDown(): boolean;
}

/**
 * The handler of a method of a service. What it throws is an RPCError. A call of an idempotent
 * method whose answer is lost is sent once more: a service that restarts loses some.
 */
export function callHandler(
  service: CalledService,
  { name, idempotent }: Pick<ContractMethod, "name" | "idempotent">,
): Method["handler"] {
  return async (conn, params) => {
    const time = callTime(conn);
    const send = (): Promise<unknown> => sendCall(service, name, conn, params, time.signal);
    try {
      return await send().catch((error: unknown) => {
        const isLost = error instanceof Unusable && error.error === "outcome_unknown";
        if (!isLost || !idempotent || time.signal.aborted) throw error;
        const data = { url: service.url, reason: error.message };
        conn.log.info(data, "idempotent call is sent to its handler service once more");
        // That the second was not run says nothing about the first.
        return send().catch((second: unknown) => {
          throw second instanceof Unusable && NOT_RUN.has(second.error) ? error : second;
        });
      });
    } catch (error) {
      if (time.signal.aborted) throw time.signal.reason;
      throw error instanceof Unusable ? toCallerError(error, service, conn) : error;
    } finally {
      time.end();
    }
  };
}

const NOT_RUN: ReadonlySet<ErrorName> = new Set(["unavailable", "rate_limited"]);

/** @throws RPCError that the handler ended with, or Unusable. */
async function sendCall(
  service: CalledService,
  method: string,
  conn: ConnectionContext,
  params: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  try {
    const answer = await service.client.call(callBody(conn, method, params), traceOf(conn), signal);
    if (answer.contractTag !== undefined) service.sawContract(answer.contractTag);
    return await resultOf(answer, conn);
  } catch (error) {
    throw error instanceof ServiceFailure ? unusable(error) : error;
  }
}

/** Why a call has no answer: the error for the caller, and a reason for the log. */
class Unusable extends Error {
  readonly error: ErrorName;

  constructor(error: ErrorName, reason: string, cause?: unknown) {
    super(reason, { cause });
    this.error = error;
  }
}

/** @throws RPCError that the handler ended with, Unusable, or ServiceFailure. */
async function resultOf(answer: CallAnswer, { correlationId }: ConnectionContext) {
  const { status } = answer;
  if (status !== 200) {
    answer.discard();
    throw new Unusable(errorOfStatus(status), statusReason(status));
  }
  if (answer.correlationId !== correlationId) {
    answer.discard();
    if (answer.correlationId === undefined) {
      throw new Unusable("internal", "its answer has no X-RPC-Correlation-Id");
    }
    // The connection has one answer too many: all later ones are answers to other calls.
    answer.distrust();
    throw new Unusable("outcome_unknown", "its answer belongs to another call");
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
  const what = isDeep ? `is nested deeper than ${MAX_JSON_DEPTH} levels` : "is not valid JSON";
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

/** The error for the caller, who learns nothing about the service; the reason is logged. */
function toCallerError(
  problem: Unusable,
  service: CalledService,
  conn: ConnectionContext,
): RPCError {
  const { error, message: reason } = problem;
  const { log } = conn;
  const data = { url: service.url, reason };
  // That a service is down is logged once, not with each call.
  const isKnown = error === "rate_limited" || (error === "unavailable" && !service.seemsDown());
  if (isKnown) log.debug(data, "handler service did not run the call");
  else if (error === "internal") log.error(data, "handler service gave no usable answer");
  else log.warn(data, "handler service gave no usable answer");
  return RPCError.of(error, undefined, undefined, { cause: problem });
}

function callBody(conn: ConnectionContext, method: string, params: unknown): string {
  return JSON.stringify({
    version: 1,
    method,
    params,
    correlation_id: conn.correlationId,
    timeout_ms: timeLeft(conn),
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

/** In milliseconds. */
function timeLeft({ deadline }: ConnectionContext): number {
  return Math.min(Math.max(deadline.getTime() - Date.now(), 1), MAX_TIMER_MS);
}

/** A signal that aborts with an RPCError at the call's deadline or when it is cancelled. */
function callTime(conn: ConnectionContext) {
  const { signal } = conn;
  const controller = new AbortController();
  const isOver = (): void => controller.abort(RPCError.of("deadline_exceeded"));
  const timer = setTimeout(isOver, timeLeft(conn));
  const abort = (): void => controller.abort(abortError(signal.reason));
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  return {
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
