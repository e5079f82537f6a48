import { ok, warning, wrong, type Check } from "../check.js";
import { ask } from "../http.js";
import { variable } from "../mends.js";

/** The handler services as the gateway sees them: it has an environment of its own. */
export const gatewayServices: Check = {
  id: "gateway-services",
  title: "Gateway's services",
  needs: ["gateway", "handler-services"],
  async run(session) {
    const { handlerServices: urls } = session.config;
    if (urls.length === 0) return ok("none are configured");
    const { status, json } = await ask(session.gatewayUrl("ready"), session.now);
    if (status === 404) return warning("the gateway does not tell whether it reaches them");
    const { checks } = (json ?? {}) as { checks?: { handler_services?: unknown } };
    switch (checks?.handler_services) {
      case "ok":
        return ok("the gateway reaches its handler services");
      case "down":
        return wrong(
          "they answer here, but the gateway does not reach all of its own: its log says why",
          variable("handlerServices", urls.join(","), "gateway-environment"),
          variable("handlerServiceSecret", "<that of doctor's environment>", "gateway-environment"),
        );
      default:
        return wrong(
          "the gateway has no handler services",
          variable("handlerServices", urls.join(","), "gateway-environment"),
        );
    }
  },
};
