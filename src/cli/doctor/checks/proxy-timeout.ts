import { ok, warning, wrong, type Check } from "../check.js";
import { recommended } from "../mends.js";

/** Centrifugo must not give up a call before the gateway answers that it is still running. */
export const proxyTimeout: Check = {
  id: "proxy-timeout",
  title: "Proxy timeout",
  needs: ["rpc-proxy"],
  async run(session) {
    const { slow, afterMs } = await session.overlap();
    const seconds = (afterMs / 1000).toFixed(1);
    if (slow.error?.code === 100) {
      return wrong(
        `Centrifugo gives up a call after ${seconds} s, before the gateway has to answer`,
        recommended("rpc.proxy.timeout", session.config),
      );
    }
    if (slow.error) {
      return warning(`could not be measured: ${slow.error.code} ${slow.error.message}`);
    }
    return ok(`Centrifugo waits until the gateway answers inline, ${seconds} s at most`);
  },
};
