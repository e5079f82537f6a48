import { PROXY_SECRET_HEADER } from "../../../gateway/index.js";
import { HELLO_METHOD, PROTOCOL_VERSION } from "../../../protocol/index.js";
import { type Finding, ok, warning, wrong } from "../finding.js";
import { UnreachableError, ask, jsonPost } from "../http-probe.js";
import { command, variable } from "../fixes.js";
import { type Session, readHello } from "../session.js";

/** The gateway, asked directly. */
export async function gateway(session: Session): Promise<Finding> {
  const { wrapperUrl } = session.config;
  try {
    const health = await session.health();
    if (health.status !== 200) {
      return wrong(
        `${session.gatewayUrl("health")} returned HTTP status ${health.status}`,
        variable("wrapperUrl", "http://localhost:8001"),
      );
    }
    return await greet(session);
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    return wrong(
      `${wrapperUrl} cannot be reached: ${error.message}`,
      command("npx centrifugo-rpc serve"),
      variable("wrapperUrl", "http://localhost:8001"),
    );
  }
}

async function greet(session: Session) {
  const { wrapperUrl, proxySecret } = session.config;
  const url = session.gatewayUrl("centrifugo/rpc");
  const { status, json } = await ask(
    url,
    session.now,
    jsonPost(helloRequest(session), { [PROXY_SECRET_HEADER]: proxySecret }),
  );
  if (status === 401) {
    return wrong(
      `${wrapperUrl} refuses the proxy secret`,
      variable("proxySecret", "<that of the gateway's environment>"),
      variable("proxySecret", "<that of doctor's environment>", "gateway-environment"),
    );
  }
  const { result } = (json ?? {}) as { result?: { data?: unknown } };
  if (status !== 200 || !readHello(result?.data)?.versions.includes(PROTOCOL_VERSION)) {
    return wrong(
      `${url} is not a centrifugo-rpc gateway: it returned HTTP status ${status}`,
      variable("wrapperUrl", "http://localhost:8001"),
    );
  }
  return ok(`${wrapperUrl} accepts the proxy secret`);
}

/** As Centrifugo sends it: https://centrifugal.dev/docs/server/proxy#rpc-proxy */
function helloRequest({ userId }: Session): object {
  return {
    client: "doctor",
    transport: "websocket",
    protocol: "json",
    encoding: "json",
    user: userId,
    method: HELLO_METHOD,
    data: { $rpc: PROTOCOL_VERSION },
  };
}

/** The handler services as the gateway sees them: its environment and network may differ. */
export async function gatewayServices(session: Session): Promise<Finding> {
  const { handlerServices: urls } = session.config;
  if (urls.length === 0) return ok("none are configured");
  const { status, json } = await ask(session.gatewayUrl("ready"), session.now);
  if (status === 404) return warning("the gateway does not report whether it reaches them");
  const { checks } = (json ?? {}) as { checks?: { handler_services?: unknown } };
  switch (checks?.handler_services) {
    case "ok":
      return ok("the gateway reaches its handler services");
    case "down":
      return wrong(
        "they answer here, but the gateway does not reach all of them; see its log",
        variable("handlerServices", urls.join(","), "gateway-environment"),
        variable("handlerServiceSecret", "<that of doctor's environment>", "gateway-environment"),
      );
    default:
      return wrong(
        "the gateway has no handler services",
        variable("handlerServices", urls.join(","), "gateway-environment"),
      );
  }
}
