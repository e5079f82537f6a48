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
  /** @param span is told of the call as well, before the others. */
  callStarted(call: StartedCall, span?: CallWatch): Required<CallWatch>;
  publicationStarted(publication: StartedPublication): Required<PublicationWatch>;
}

/** Makes one observer of many. What one of them throws is logged, and the others go on. */
export function combineObservers(observers: readonly GatewayObserver[], log: Logger): Observers {
  function each<T>(targets: readonly T[], notify: (target: T) => void): void {
    for (const target of targets) {
      try {
        notify(target);
      } catch (error) {
        log.error({ err: error }, "an observer failed");
      }
    }
  }

  return {
    callStarted(call, span) {
      const watches: CallWatch[] = span ? [span] : [];
      each(observers, (observer) => {
        const watch = observer.callStarted?.(call);
        if (watch) watches.push(watch);
      });
      return {
        repeated: (number) => each(watches, (watch) => watch.repeated?.(number)),
        deferred: () => each(watches, (watch) => watch.deferred?.()),
        ended: (end) => each(watches, (watch) => watch.ended?.(end)),
      };
    },
    publicationStarted(publication) {
      const watches: PublicationWatch[] = [];
      each(observers, (observer) => {
        const watch = observer.publicationStarted?.(publication);
        if (watch) watches.push(watch);
      });
      return {
        acknowledged: (ack) => each(watches, (watch) => watch.acknowledged?.(ack)),
        ended: (end) => each(watches, (watch) => watch.ended?.(end)),
      };
    },
    callRefused: (call) => each(observers, (observer) => observer.callRefused?.(call)),
    callerGone: (call) => each(observers, (observer) => observer.callerGone?.(call)),
    replyPublished: (reply) => each(observers, (observer) => observer.replyPublished?.(reply)),
    ackReceived: (ack) => each(observers, (observer) => observer.ackReceived?.(ack)),
    requestRefused: (request) => each(observers, (observer) => observer.requestRefused?.(request)),
  };
}
