import type * as OpenTelemetry from "@opentelemetry/api";
import { ErrorCode } from "../../protocol/index.js";
import type { CallEnd, CallWatch, StartedCall } from "./observer.js";
import { readTraceparent, writeTraceparent } from "./trace-context.js";

/** The name of the tracer. */
const TRACER = "centrifugo-rpc";

/** The name of all methods without a handler, as in the semantic conventions. */
const UNKNOWN_METHOD = "_OTHER";

type Api = typeof OpenTelemetry;

/**
 * A middleware of the gateway: it wraps each call that the gateway runs, from its arrival to its
 * reply. A middleware of handlers would see neither unknown methods and wrong params nor deadlines
 * and deferred replies.
 */
export interface Tracing {
  /** Begins the span of a call. */
  callStarted(call: StartedCall): CallSpan;
}

/** The span of one call. */
export interface CallSpan extends CallWatch {
  /** The trace that the call belongs to: 32 hexadecimal digits. It is added to its log lines. */
  readonly traceId?: string;
  /** The span within it: 16 hexadecimal digits. It is added to its log lines as well. */
  readonly spanId?: string;
  /** The span in W3C Trace Context, for what the handler calls: it becomes `conn.traceparent`. */
  readonly traceparent?: string;
  /** Belongs to {@link traceparent}. */
  readonly tracestate?: string;
  /** Runs the handler while the span is active. */
  run<T>(handler: () => T): T;
}

/**
 * Makes a server span of each call with the OpenTelemetry SDK that the program has set up, now or
 * later. It is a child of the caller's span, whose context is in the envelope. It is active while
 * the handler runs, so what the handler traces becomes its child.
 *
 * Resolves to `undefined` when the package `@opentelemetry/api` is not installed.
 *
 * See https://opentelemetry.io/docs/specs/semconv/rpc/rpc-spans/
 */
export async function createTracing(): Promise<Tracing | undefined> {
  const api = await loadApi();
  if (!api) return undefined;
  const tracer = api.trace.getTracer(TRACER);

  return {
    callStarted(call) {
      const parent = callerContext(api, call) ?? api.context.active();
      const span = tracer.startSpan(
        call.known ? call.method : UNKNOWN_METHOD,
        {
          kind: api.SpanKind.SERVER,
          startTime: call.startedAt,
          attributes: {
            "rpc.system": TRACER,
            "rpc.method": call.known ? call.method : UNKNOWN_METHOD,
            "rpc.centrifugo.correlation_id": call.correlationId,
            "rpc.centrifugo.attempt": call.attempt,
          },
        },
        parent,
      );
      const active = api.trace.setSpan(parent, span);
      return {
        ...traceOf(api, span),
        run: (handler) => api.context.with(active, handler),
        repeated: (attempt) =>
          void span.addEvent("call repeated", { "rpc.centrifugo.attempt": attempt }),
        deferred: () => void span.addEvent("reply deferred"),
        ended(end) {
          describeEnd(api, span, end);
          span.end();
        },
      };
    },
  };
}

async function loadApi(): Promise<Api | undefined> {
  try {
    return await import("@opentelemetry/api");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

/**
 * The caller's span as a parent. The SDK's propagator does not read it, because an envelope carries
 * W3C Trace Context whatever the program uses in its HTTP headers.
 */
function callerContext(api: Api, call: StartedCall): OpenTelemetry.Context | undefined {
  const parent = readTraceparent(call.traceparent);
  if (!parent) return undefined;
  return api.trace.setSpanContext(api.ROOT_CONTEXT, {
    traceId: parent.traceId,
    spanId: parent.spanId,
    traceFlags: parent.flags,
    isRemote: true,
    ...(call.tracestate !== undefined && { traceState: api.createTraceState(call.tracestate) }),
  });
}

/** Nothing without an SDK and without the caller's trace. */
function traceOf(api: Api, span: OpenTelemetry.Span): Omit<CallSpan, "run"> {
  const context = span.spanContext();
  if (!api.isSpanContextValid(context)) return {};
  const { traceId, spanId, traceFlags: flags } = context;
  const tracestate = context.traceState?.serialize();
  return {
    traceId,
    spanId,
    traceparent: writeTraceparent({ traceId, spanId, flags }),
    ...(tracestate && { tracestate }),
  };
}

function describeEnd(api: Api, span: OpenTelemetry.Span, { code, error, deferred }: CallEnd): void {
  span.setAttribute("rpc.centrifugo.deferred", deferred);
  if (!error) return;
  span.setAttribute("rpc.response.status_code", String(code));
  span.setAttribute("error.type", String(code));
  if (!isServersFault(code)) return;
  span.setStatus({ code: api.SpanStatusCode.ERROR, message: error.message });
  if (error.cause instanceof Error) span.recordException(error.cause);
}

/** Callers' mistakes and deliberate refusals are not errors of the server. */
function isServersFault(code: number): boolean {
  return code === ErrorCode.deadline_exceeded || (code >= 500 && code < 600);
}
