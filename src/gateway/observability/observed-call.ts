import { ErrorCode, RPCError, type ReplyBody } from "../../protocol/index.js";
import type { CallEnd, StartedCall } from "./observer.js";
import type { CallWatches, Observers } from "./observers.js";
import { sentTraceContext, type TraceContext } from "./trace-context.js";

/** The trace of a call that begins. */
export interface CallTrace {
  /** What is to be added to the call's log lines. */
  readonly logged: { readonly trace_id?: string; readonly span_id?: string };
  /** For what the handler calls: the observers' span, else what the caller sent. */
  readonly context: TraceContext;
}

/** Tells the observers of one call, from the moment it is received until it has its reply. */
export class ObservedCall {
  readonly #observers: Observers;
  readonly #startedAt = new Date();
  readonly #start = performance.now();
  #attempts: number;
  #deferred = false;
  #over = false;
  #failure: RPCError | undefined;
  #watch: CallWatches | undefined;

  constructor(observers: Observers, attempt: number) {
    this.#observers = observers;
    this.#attempts = attempt;
  }

  /** The call is this gateway's to run. */
  begin(call: Omit<StartedCall, "startedAt" | "attempt">): CallTrace {
    const started = { ...call, attempt: this.#attempts, startedAt: this.#startedAt };
    const watch = this.#observers.callStarted(started);
    this.#watch = watch;
    // It may have taken long to find out whose call it is.
    if (this.#deferred) watch.deferred();
    return {
      logged: {
        ...(watch.traceId !== undefined && { trace_id: watch.traceId }),
        ...(watch.spanId !== undefined && { span_id: watch.spanId }),
      },
      context: sentTraceContext(watch.traceparent === undefined ? call : watch),
    };
  }

  /** Runs `handler` within what the observers put around it. */
  async run<T>(handler: () => Promise<T>): Promise<T> {
    return await new Promise<T>((resolve) => {
      // Async, so that what it throws at once is its own failure, and no observer's.
      const start = (): void => resolve((async () => await handler())());
      if (this.#watch) this.#watch.run(start);
      else start();
    });
  }

  /** What the handler threw: a reply does not hold its cause. */
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

  /** The call has its reply. One without {@link begin} was refused, or another gateway runs it. */
  ended(method: string, userId: string, reply: ReplyBody): void {
    this.#over = true;
    if (this.#watch) this.#watch.ended(this.#end(reply));
    else if ("error" in reply) {
      this.#observers.callRefused({ method, userId, code: reply.error.code });
    }
  }

  #end(reply: ReplyBody): CallEnd {
    const traceId = this.#watch?.traceId;
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
    // The reply's own error when the call ended otherwise than by its handler: by its deadline.
    const error = this.#failure?.code === code ? this.#failure : RPCError.fromWire(reply.error);
    return { ...end, status: failureStatus(code), code, error };
  }
}

function failureStatus(code: number): CallEnd["status"] {
  if (code === ErrorCode.deadline_exceeded) return "timeout";
  return code === ErrorCode.cancelled ? "cancelled" : "failed";
}
