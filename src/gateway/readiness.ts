import type { CallLog } from "../call-log/index.js";
import { within } from "../protocol/index.js";
import type { BrokerApi } from "./centrifugo/broker-api.js";
import type { Gateway } from "./gateway.js";
import type { HandlerServiceFigures } from "./observability/metrics.js";

/** Whether a gateway can do its work, and the state of each part; see docs/http-api.md. */
export interface Readiness {
  /**
   * `ready` when the gateway takes calls, the broker's API answers, and the call log is not set up
   * in a way that cannot work.
   */
  readonly status: "ready" | "not_ready";
  readonly checks: {
    readonly gateway: "ok" | "stopping";
    readonly broker: "ok" | "unreachable";
    readonly call_log?: ReturnType<CallLog["status"]>["state"];
    readonly handler_services?: "ok" | "down";
  };
}

/** The parts that {@link readinessOf} asks. */
export interface ReadinessSources {
  broker: Pick<BrokerApi, "ping">;
  callLog?: Pick<CallLog, "status">;
  handlerServices?: () => readonly HandlerServiceFigures[];
}

/** For how long an answer of the broker counts: anyone may ask, as often as they like. */
const FRESH_MS = 1000;
/** How long the broker may take to answer. */
const BROKER_TIMEOUT_MS = 2000;

/** A function that checks whether a gateway is ready. It never rejects. */
export function readinessOf(
  gateway: Pick<Gateway, "health">,
  { broker, callLog, handlerServices }: ReadinessSources,
): () => Promise<Readiness> {
  let last: Promise<"ok" | "unreachable"> | undefined;
  const askBroker = (): Promise<"ok" | "unreachable"> => {
    const answer = broker.ping().then(
      () => "ok" as const,
      () => "unreachable" as const,
    );
    return within(BROKER_TIMEOUT_MS, answer, () => "unreachable" as const).finally(() => {
      setTimeout(() => (last = undefined), FRESH_MS).unref();
    });
  };
  return async () => {
    const services = handlerServices?.();
    const checks = {
      gateway: gateway.health(),
      broker: await (last ??= askBroker()),
      ...(callLog && { call_log: callLog.status().state }),
      ...(services && {
        handler_services: services.every(({ state }) => state === "up")
          ? ("ok" as const)
          : ("down" as const),
      }),
    };
    const { gateway: calls, broker: api, call_log: log } = checks;
    const isReady = calls === "ok" && api === "ok" && log !== "unusable";
    return { status: isReady ? "ready" : "not_ready", checks };
  };
}
