import type { Logger } from "../../handlers/index.js";
import type { GatewayObserver } from "./observer.js";

/** The longest name that a method can have. */
const LONGEST_METHOD = 255;

/** A method name for log lines: names that callers invent may have any length. */
export function loggedMethod(method: string): string {
  return method.slice(0, LONGEST_METHOD);
}

/**
 * Logs a line at the end of each call and of each publication. The lines hold who and how long, and
 * neither params nor results, which the call log has.
 */
export function createCallLines(log: Logger): GatewayObserver {
  return {
    callStarted({ method, correlationId, userId, clientId }) {
      return {
        ended({ status, code, durationMs, attempts, deferred, traceId }) {
          const line = {
            method: loggedMethod(method),
            correlationId,
            userId,
            clientId,
            status,
            code,
            durationMs: rounded(durationMs),
            attempts,
            deferred,
            ...(traceId !== undefined && { trace_id: traceId }),
          };
          log.info(line, "call ended");
        },
      };
    },
    callRefused({ method, userId, code }) {
      log.info({ method: loggedMethod(method), userId, code }, "call refused");
    },
    callerGone({ method, userId, started }) {
      log.info({ method: loggedMethod(method), userId, started }, "caller gone");
    },
    publicationStarted({ messageId, channel, waitForAck }) {
      return {
        ended({ status, acksReceived, acksExpected, error, durationMs }) {
          const line = {
            messageId,
            channel,
            status,
            durationMs: rounded(durationMs),
            ...(waitForAck && { acksReceived, acksExpected }),
            ...(error && { err: error }),
          };
          log.info(line, "publication ended");
        },
      };
    },
  };
}

/** To a microsecond. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
