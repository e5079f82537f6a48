import {
  createCallLines,
  createMetrics,
  createTracing,
  type CallLogFigures,
  type GatewayObserver,
  type Metrics,
} from "../gateway/index.js";
import type { Logger } from "../server/index.js";

/** What looks on in `dev` and `serve`. */
export interface Observability {
  readonly observers: readonly GatewayObserver[];
  readonly metrics: Metrics;
}

/**
 * Log lines, metrics and traces of what a gateway does.
 *
 * @param callLog the figures of the call log, if there is one.
 */
export async function createObservability(
  log: Logger,
  callLog?: () => CallLogFigures,
): Promise<Observability> {
  const tracing = await createTracing();
  const metrics = createMetrics(callLog && { callLog });
  return {
    // The trace goes first, so that its context is around all others.
    observers: [...(tracing ? [tracing] : []), metrics.observer, createCallLines(log)],
    metrics,
  };
}
