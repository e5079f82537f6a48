import type { Logger } from "../../handlers/index.js";
import type {
  CallWatch,
  GatewayObserver,
  PublicationWatch,
  StartedCall,
  StartedPublication,
} from "./observer.js";

/** Several observers as one, whose methods never throw. */
export interface Observers extends Required<GatewayObserver> {
  callStarted(call: StartedCall): CallWatches;
  publicationStarted(publication: StartedPublication): Required<PublicationWatch>;
}

/** All who follow one call, as one. */
export type CallWatches = Required<Omit<CallWatch, TraceFields>> & Pick<CallWatch, TraceFields>;

type TraceFields = "traceId" | "spanId" | "traceparent" | "tracestate";

/** Makes one observer of many. What one of them throws is logged, and the others go on. */
export function combineObservers(observers: readonly GatewayObserver[], log: Logger): Observers {
  function each<T>(targets: readonly T[], tell: (target: T) => unknown): void {
    for (const target of targets) attempt(() => tell(target));
  }

  function attempt<T>(run: () => T): T | undefined {
    try {
      return run();
    } catch (error) {
      log.error({ err: error }, "an observer failed");
      return undefined;
    }
  }

  return {
    callStarted(call) {
      const watches = present(observers.map((each) => attempt(() => each.callStarted?.(call))));
      const traced = watches.find((watch) => watch.traceId !== undefined);
      return {
        ...(traced?.traceId !== undefined && { traceId: traced.traceId }),
        ...(traced?.spanId !== undefined && { spanId: traced.spanId }),
        ...(traced?.traceparent !== undefined && { traceparent: traced.traceparent }),
        ...(traced?.tracestate !== undefined && { tracestate: traced.tracestate }),
        run(handler) {
          const wrapped = watches.reduceRight<() => void>(
            (inner, watch) =>
              once(() => {
                attempt(() => watch.run?.(inner));
                // Whatever the observer did: the handler runs.
                inner();
              }),
            once(handler),
          );
          wrapped();
        },
        repeated: (number) => each(watches, (watch) => watch.repeated?.(number)),
        deferred: () => each(watches, (watch) => watch.deferred?.()),
        ended: (end) => each(watches, (watch) => watch.ended?.(end)),
      };
    },
    callRefused: (call) => each(observers, (observer) => observer.callRefused?.(call)),
    replyPublished: (reply) => each(observers, (observer) => observer.replyPublished?.(reply)),
    publicationStarted(publication) {
      const started = observers.map((each) =>
        attempt(() => each.publicationStarted?.(publication)),
      );
      const watches = present(started);
      return {
        acknowledged: (ack) => each(watches, (watch) => watch.acknowledged?.(ack)),
        ended: (end) => each(watches, (watch) => watch.ended?.(end)),
      };
    },
    ackReceived: (ack) => each(observers, (observer) => observer.ackReceived?.(ack)),
    requestRefused: (request) => each(observers, (observer) => observer.requestRefused?.(request)),
  };
}

function present<T>(values: readonly (T | undefined)[]): T[] {
  return values.filter((value) => value !== undefined);
}

function once(run: () => void): () => void {
  let ran = false;
  return () => {
    if (ran) return;
    ran = true;
    run();
  };
}
