import { ErrorCode, RPCError, type ReplyBody } from "../../protocol/index.js";
import type { CallEnd, CallWatch, StartedCall } from "./observer.js";
import type { Observers } from "./observers.js";
import { sentTraceContext, type TraceContext } from "./trace-context.js";
import type { CallSpan, Tracing } from "./tracing.js";

/** The trace of a call that begins. */
export interface CallTrace {
  /** Bindings for the call's log lines. */
  readonly logged: { readonly trace_id?: string; readonly span_id?: string };
  /** For what the handler calls: the call's span, else what the caller sent. */
  readonly context: TraceContext;
}

/** Reports one call to the observers and its span, from its arrival until it has its reply. */
export class ObservedCall {
  readonly #observers: Observers;
  readonly #tracing: Tracing | undefined;
  readonly #startedAt = new Date();
  readonly #start = performance.now();
  #attempts: number;
  #deferred = false;
  #over = false;
  #failure: RPCError | undefined;
  #span: CallSpan | undefined;
  #watch: Required<CallWatch> | undefined;

  constructor(observers: Observers, tracing: Tracing | undefined, attempt: number) {
    this.#observers = observers;
    this.#tracing = tracing;
    this.#attempts = attempt;
  }

  /** This gateway runs the call. */
  begin(call: Omit<StartedCall, "startedAt" | "attempt">): CallTrace {
    const started = { ...call, attempt: this.#attempts, startedAt: this.#startedAt };
    const span = this.#tracing?.callStarted(started);
    this.#span = span;
    this.#watch = this.#observers.callStarted(started, span);
    // The caller may have been answered "pending" while the store decided who runs the call.
    if (this.#deferred) this.#watch.deferred();
    return {
      logged: {
        ...(span?.traceId !== undefined && { trace_id: span.traceId }),
        ...(span?.spanId !== undefined && { span_id: span.spanId }),
      },
      context: sentTraceContext(span?.traceparent === undefined ? call : span),
    };
  }

  /** Runs the handler inside the call's span. */
  run<T>(handler: () => Promise<T>): Promise<T> {
    return this.#span ? this.#span.run(handler) : handler();
  }

  /** Keeps what the handler threw: a reply does not carry its cause. */
  failed(error: RPCError): void {
    this.#failure = error;
  }

  repeated(attempt: number): void {
    this.#attempts = Math.max(this.#attempts, attempt);
    this.#watch?.repeated(attempt);
  }

  deferred(): void {
    // Another gateway may ask for the reply of a call that has ended.
    if (this.#deferred || this.#over) return;
    this.#deferred = true;
    this.#watch?.deferred();
  }

  /** The call has its reply. Without {@link begin}, it was refused or another gateway runs it. */
  ended(method: string, userId: string, reply: ReplyBody): void {
    this.#over = true;
    if (this.#watch) this.#watch.ended(this.#end(reply));
    else if ("error" in reply) {
      this.#observers.callRefused({ method, userId, code: reply.error.code });
    }
  }

  #end(reply: ReplyBody): CallEnd {
    const traceId = this.#span?.traceId;
    const end = {
      durationMs: performance.now() - this.#start,
      attempts: this.#attempts,
      deferred: this.#deferred,
      ...(traceId !== undefined && { traceId }),
    };
    if (!("error" in reply)) {
      return {
        ...end,
        status: "success",
        code: 0,
        result: "result" in reply ? reply.result : null,
      };
    }
    const { code } = reply.error;
    // A call that its deadline or a cancellation ended has that error, not the handler's.
    const error = this.#failure?.code === code ? this.#failure : RPCError.fromWire(reply.error);
    return { ...end, status: failureStatus(code), code, error };
  }
}

function failureStatus(code: number): CallEnd["status"] {
  if (code === ErrorCode.deadline_exceeded) return "timeout";
  return code === ErrorCode.cancelled ? "cancelled" : "failed";
}
