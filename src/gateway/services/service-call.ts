import { setTimeout } from "node:timers/promises";
import { type ContractMethod, ErrorCode, type ErrorName, RPCError } from "../../protocol/index.js";
import type { ConnectionContext } from "../../handlers/index.js";
import { MAX_BODY_BYTES, MAX_JSON_DEPTH, type UnreadBody } from "../http/json-body.js";
import { readAnswer } from "./service-answer.js";
import {
  type CallAnswer,
  type ServiceClient,
  ServiceFailure,
  statusReason,
} from "./service-client.js";
import type { ServiceEpoch } from "./service-epoch.js";
import type { RemoteMethod } from "./service-methods.js";

/** The service that a call goes to. */
export interface CalledService {
  readonly url: string;
  readonly client: Pick<ServiceClient, "call" | "cancel">;
  readonly epoch: ServiceEpoch;
  /** An answer named the entity tag of the contract. */
  sawContract(etag: string): void;
  /** A call could not run there. Returns whether the service was up until now. */
  seemsDown(): boolean;
}

/** How long the gateway waits before it sends a call again whose answer is lost. */
const PAUSES_MS = [0, 500, 1500, 3000];
/** The pause while a service cannot be reached, as while it restarts, until the call's time is up. */
const RESTART_PAUSE_MS = 3000;
/** How often the answer of a call may be lost: its handler may be what ends the service. */
const MAX_LOST_ANSWERS = 3;
/** How often a call may be refused because the service has another epoch. */
const MAX_REFUSALS = 5;

/**
 * A method of a service. What its handler throws is an RPCError. A call whose answer is lost is sent
 * again if the service remembers calls or the method is idempotent: a connection may be lost, and a
 * service that restarts loses some answers.
 */
export function remoteMethod(
  service: CalledService,
  method: Pick<ContractMethod, "name" | "idempotent">,
): RemoteMethod {
  return {
    keepsCalls: () => service.epoch.current !== undefined,
    async handler(conn, params) {
      const call = new ServiceCall(service, method, conn, params);
      try {
        return await call.run();
      } catch (error) {
        if (call.signal.aborted) throw call.signal.reason;
        throw error instanceof Unusable ? toCallerError(error, service, conn) : error;
      } finally {
        call.end();
      }
    },
  };
}

/** One call of a service, which may take several requests. */
class ServiceCall {
  /** Aborts with an RPCError at the deadline, or when the call is cancelled. */
  readonly signal: AbortSignal;
  /** Releases what {@link signal} needs. */
  readonly end: () => void;
  readonly #service: CalledService;
  readonly #method: Pick<ContractMethod, "name" | "idempotent">;
  readonly #conn: ConnectionContext;
  readonly #params: unknown;
  /** The epoch that the service had before the first request; undefined if it forgets its calls. */
  #epoch: string | undefined;
  /** Whether the service must not run the call unless it knows it. */
  readonly #isKnownOnly: boolean;

  constructor(
    service: CalledService,
    method: Pick<ContractMethod, "name" | "idempotent">,
    conn: ConnectionContext,
    params: unknown,
  ) {
    this.#service = service;
    this.#method = method;
    this.#conn = conn;
    this.#params = params;
    // Without a gateway, it is not known whether the call may have run.
    this.#epoch = conn.mayHaveRun === undefined ? undefined : service.epoch.current;
    this.#isKnownOnly = conn.mayHaveRun === true && !method.idempotent;
    ({ signal: this.signal, end: this.end } = callTime(conn));
  }

  /** @throws RPCError that the handler ended with, Unusable, or the reason of {@link signal}. */
  async run(): Promise<unknown> {
    this.signal.addEventListener("abort", () => void this.#cancel(), { once: true });
    const pauses = PAUSES_MS.values();
    let lost: Unusable | undefined;
    let lostAnswers = 0;
    let refusals = 0;
    for (;;) {
      try {
        return await this.#send();
      } catch (error) {
        if (this.signal.aborted || !(error instanceof Unusable)) throw error;
        if (error.error === "outcome_unknown") {
          lost ??= error;
          lostAnswers++;
        } else if (error.newEpoch && this.#epoch !== undefined) {
          const epoch = this.#nextEpoch(this.#epoch, error.newEpoch.name, lost);
          this.#epoch = ++refusals < MAX_REFUSALS ? epoch : undefined;
          continue;
        } else if (error.error !== "unavailable" || !lost) {
          // That a later request was not run says nothing about the first.
          throw NOT_RUN.has(error.error) ? (lost ?? error) : error;
        }
        const isAway = error.error === "unavailable" && error.cause instanceof ServiceFailure;
        const pause = pauses.next().value ?? (isAway ? RESTART_PAUSE_MS : undefined);
        const isKept = this.#epoch !== undefined || this.#method.idempotent === true;
        if (!isKept || lostAnswers >= MAX_LOST_ANSWERS || pause === undefined) throw lost ?? error;
        const data = { url: this.#service.url, reason: error.message };
        this.#conn.log.info(data, "call is sent to its handler service again");
        await setTimeout(pause, undefined, { signal: this.signal });
      }
    }
  }

  /**
   * The epoch for the next request, after one was refused. The service has not run that one.
   *
   * @throws Unusable if an earlier one may have run.
   */
  #nextEpoch(
    sent: string,
    named: string | undefined,
    lost: Unusable | undefined,
  ): string | undefined {
    const { epoch } = this.#service;
    epoch.refused(sent, named);
    if (this.#method.idempotent || !(lost || this.#isKnownOnly)) return epoch.current;
    throw lost ?? new Unusable("outcome_unknown", "it was restarted, and does not know the call");
  }

  async #send(): Promise<unknown> {
    const service = this.#service;
    const conn = this.#conn;
    try {
      const answer = await service.client.call(this.#body(), traceOf(conn), this.signal);
      if (answer.contractTag !== undefined) service.sawContract(answer.contractTag);
      return await resultOf(answer, conn);
    } catch (error) {
      throw error instanceof ServiceFailure ? unusable(error) : error;
    }
  }

  #body(): string {
    const conn = this.#conn;
    const epoch = this.#epoch;
    return JSON.stringify({
      version: epoch === undefined ? 1 : 2,
      method: this.#method.name,
      params: this.#params,
      correlation_id: conn.correlationId,
      idempotency_key: conn.idempotencyKey,
      timeout_ms: timeLeft(conn),
      epoch,
      ...(epoch !== undefined && this.#isKnownOnly && { known_only: true }),
      connection: {
        user_id: conn.userId,
        client_id: conn.clientId,
        transport: conn.transport,
        protocol: conn.protocol,
        meta: conn.meta,
      },
    });
  }

  /** A service that remembers calls does not stop one because its connection is closed. */
  async #cancel(): Promise<void> {
    const reason: unknown = this.signal.reason;
    const isCancelled = reason instanceof RPCError && reason.code === ErrorCode.cancelled;
    if (this.#epoch === undefined || !isCancelled) return;
    const { userId, correlationId, idempotencyKey, log } = this.#conn;
    const body = JSON.stringify({
      version: 2,
      user_id: userId,
      correlation_id: correlationId,
      idempotency_key: idempotencyKey,
    });
    await this.#service.client.cancel(body).catch((error: unknown) => {
      log.warn(
        { err: error, url: this.#service.url },
        "the handler service did not cancel the call",
      );
    });
  }
}

const NOT_RUN: ReadonlySet<ErrorName> = new Set(["unavailable", "rate_limited"]);

/** Why a call has no answer: the error for the caller, and a reason for the log. */
class Unusable extends Error {
  readonly error: ErrorName;
  /** The service refused the call because of its epoch, and named another, or none. */
  newEpoch: { readonly name: string | undefined } | undefined;

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
    const problem = new Unusable(errorOfStatus(status), statusReason(status));
    if (status === WRONG_EPOCH) problem.newEpoch = { name: answer.epoch };
    throw problem;
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

/** The status of an answer that refuses a call because of its epoch. */
const WRONG_EPOCH = 412;

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
  const timer = globalThis.setTimeout(isOver, timeLeft(conn));
  const abort = (): void => controller.abort(abortError(signal.reason));
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  return {
    signal: controller.signal,
    end: (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    },
  };
}

function abortError(reason: unknown): RPCError {
  if (reason instanceof RPCError) return reason;
  return RPCError.of("cancelled", undefined, undefined, { cause: reason });
}
