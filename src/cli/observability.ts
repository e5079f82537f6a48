import {
  createCallLines,
  createMetrics,
  createTracing,
  type GatewayObserver,
  type Metrics,
  type MetricsOptions,
} from "../gateway/index.js";
import type { Logger } from "../handlers/index.js";

/** What looks on in `dev` and `serve`. */
export interface Observability {
  readonly observers: readonly GatewayObserver[];
  readonly metrics: Metrics;
}

/** Log lines, metrics and traces of what a gateway does. */
export async function createObservability(
  log: Logger,
  figures: MetricsOptions,
): Promise<Observability> {
  const tracing = await createTracing();
  const metrics = createMetrics(figures);
  return {
    // The trace goes first, so that its context is around all others.
    observers: [...(tracing ? [tracing] : []), metrics.observer, createCallLines(log)],
    metrics,
  };
}
