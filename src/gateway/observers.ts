import type { Logger } from "../server/index.js";
import type {
  CallWatch,
  GatewayObserver,
  PublicationWatch,
  StartedCall,
  StartedPublication,
} from "./observer.js";

/** Several observers as one, whose methods never throw. */
export type Observers = Required<GatewayObserver> & {
  callStarted(call: StartedCall): Required<Omit<CallWatch, "traceId" | "spanId">> & TraceIds;
  publicationStarted(publication: StartedPublication): Required<PublicationWatch>;
};

/** The trace of a call, if an observer knows. */
type TraceIds = Pick<CallWatch, "traceId" | "spanId">;

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
        run(handler) {
          let ran = false;
          const once = (): void => {
            if (ran) return;
            ran = true;
            handler();
          };
          const wrapped = watches.reduceRight<() => void>(
            (inner, watch) => () => {
              attempt(() => watch.run?.(inner));
              inner();
            },
            once,
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
