import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { GatewayObserver, StartedCall } from "./observer.js";

/** The figures of the call log. */
export interface CallLogFigures {
  /** Rows that are in the database, since the start. */
  readonly written: number;
  /** Rows that were dropped, since the start. */
  readonly dropped: number;
  /** Rows that wait. */
  readonly backlog: number;
}

/** The state of a handler service. */
export interface HandlerServiceFigures {
  readonly url: string;
  readonly state: "up" | "down";
}

/** The options of {@link createMetrics}. The functions are called at each scrape. */
export interface MetricsOptions {
  /** The figures of the call log, when there is one. */
  callLog?: () => CallLogFigures;
  /** The handler services, when there are some. */
  handlerServices?: () => readonly HandlerServiceFigures[];
}

/** The metrics of one gateway. */
export interface Metrics {
  /** Counts: give it to `createGateway`. */
  readonly observer: GatewayObserver;
  /** The media type of {@link text}. */
  readonly contentType: string;
  /** All metrics in the text format of Prometheus, with those of the Node.js process. */
  text(): Promise<string>;
}

/** The label of all methods without a handler: callers can invent any number of names. */
const UNKNOWN_METHOD = "(unknown)";

/** In seconds, from an answer in process to the longest call. */
const BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
];

/**
 * Metrics for Prometheus, in a registry of their own. How many series there are follows from the
 * registered methods and the codes that their handlers use, and not from what callers send.
 *
 * docs/observability.md describes every metric.
 */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  if (options.callLog) callLogMetrics(registry, options.callLog);
  if (options.handlerServices) handlerServiceMetrics(registry, options.handlerServices);

  const calls = new Counter({
    name: "centrifugo_rpc_calls_total",
    help: "Calls that have ended, by method and code; the code of a success is 0.",
    labelNames: ["method", "code"],
    registers,
  });
  const durations = new Histogram({
    name: "centrifugo_rpc_call_duration_seconds",
    help: "From the arrival of a call to its reply.",
    labelNames: ["method"],
    buckets: BUCKETS,
    registers,
  });
  const inFlight = new Gauge({
    name: "centrifugo_rpc_calls_in_flight",
    help: "Calls that run.",
    labelNames: ["method"],
    registers,
  });
  const deferred = new Counter({
    name: "centrifugo_rpc_calls_deferred_total",
    help: "Calls whose reply comes on the user's channel.",
    labelNames: ["method"],
    registers,
  });
  const repeated = new Counter({
    name: "centrifugo_rpc_calls_repeated_total",
    help: "Calls that were sent again while they ran.",
    registers,
  });
  const refused = new Counter({
    name: "centrifugo_rpc_calls_refused_total",
    help: "Calls that were answered with an error before they began, by code.",
    labelNames: ["code"],
    registers,
  });
  const gone = new Counter({
    name: "centrifugo_rpc_callers_gone_total",
    help: "Calls whose caller had gone before the call started, or before its inline reply.",
    labelNames: ["started"],
    registers,
  });
  const replies = new Counter({
    name: "centrifugo_rpc_deferred_replies_total",
    help: "Deferred replies, by what became of them: published or failed.",
    labelNames: ["outcome"],
    registers,
  });
  const publications = new Counter({
    name: "centrifugo_rpc_publications_total",
    help: "Publications that have ended, by status and whether they waited to be acknowledged.",
    labelNames: ["status", "wait_for_ack"],
    registers,
  });
  const publicationDurations = new Histogram({
    name: "centrifugo_rpc_publication_duration_seconds",
    help: "From a publication's request to its end, with the wait for acknowledgements.",
    labelNames: ["wait_for_ack"],
    buckets: BUCKETS,
    registers,
  });
  const acks = new Counter({
    name: "centrifugo_rpc_acks_total",
    help: "Acknowledgements that clients sent, by whether one waited for them.",
    labelNames: ["accepted"],
    registers,
  });
  const refusedRequests = new Counter({
    name: "centrifugo_rpc_requests_refused_total",
    help: "HTTP requests that were refused, by routes and reason.",
    labelNames: ["routes", "reason"],
    registers,
  });

  const observer: GatewayObserver = {
    callStarted(call) {
      const method = methodLabel(call);
      inFlight.inc({ method });
      return {
        repeated: () => repeated.inc(),
        deferred: () => deferred.inc({ method }),
        ended({ code, durationMs }) {
          inFlight.dec({ method });
          calls.inc({ method, code });
          durations.observe({ method }, durationMs / 1000);
        },
      };
    },
    callRefused: ({ code }) => refused.inc({ code }),
    callerGone: ({ started }) => gone.inc({ started: String(started) }),
    replyPublished: ({ ok }) => replies.inc({ outcome: ok ? "published" : "failed" }),
    publicationStarted({ waitForAck }) {
      const wait_for_ack = String(waitForAck);
      return {
        ended({ status, durationMs }) {
          publications.inc({ status, wait_for_ack });
          publicationDurations.observe({ wait_for_ack }, durationMs / 1000);
        },
      };
    },
    ackReceived: ({ accepted }) => acks.inc({ accepted: String(accepted) }),
    requestRefused: ({ routes, reason }) => refusedRequests.inc({ routes, reason }),
  };

  return { observer, contentType: registry.contentType, text: () => registry.metrics() };
}

function methodLabel({ method, known }: StartedCall): string {
  return known ? method : UNKNOWN_METHOD;
}

function callLogMetrics(registry: Registry, figures: () => CallLogFigures): void {
  const total = (name: string, help: string, of: (figures: CallLogFigures) => number) =>
    new Counter({
      name,
      help,
      registers: [],
      collect() {
        this.reset();
        this.inc(of(figures()));
      },
    });
  const written = total(
    "centrifugo_rpc_call_log_written_total",
    "Rows of the call log that are in the database.",
    ({ written }) => written,
  );
  const dropped = total(
    "centrifugo_rpc_call_log_dropped_total",
    "Rows of the call log that were given up.",
    ({ dropped }) => dropped,
  );
  const backlog = new Gauge({
    name: "centrifugo_rpc_call_log_backlog",
    help: "Rows of the call log that wait to be written.",
    registers: [],
    collect() {
      this.set(figures().backlog);
    },
  });
  for (const metric of [written, dropped, backlog]) registry.registerMetric(metric);
}

function handlerServiceMetrics(
  registry: Registry,
  services: () => readonly HandlerServiceFigures[],
): void {
  const up = new Gauge({
    name: "centrifugo_rpc_handler_service_up",
    help: "Whether a handler service answers: 1, or 0.",
    labelNames: ["service"],
    registers: [],
    collect() {
      for (const { url, state } of services()) this.set({ service: url }, state === "up" ? 1 : 0);
    },
  });
  registry.registerMetric(up);
}
