import { PROXY_SECRET_HEADER } from "../../../gateway/index.js";
import { HELLO_METHOD, PROTOCOL_VERSION } from "../../../protocol/index.js";
import { ok, wrong, type Check } from "../check.js";
import { ask, jsonPost, UnreachableError } from "../http.js";
import { command, variable } from "../mends.js";
import { readHello, type Session } from "../session.js";

/** The gateway as it is seen from here, without Centrifugo in between. */
export const gateway: Check = {
  id: "gateway",
  title: "Gateway",
  needs: [],
  async run(session) {
    const { wrapperUrl } = session.config;
    try {
      const health = await session.health();
      if (health.status !== 200) {
        return wrong(
          `${session.gatewayUrl("health")} gave HTTP status ${health.status}`,
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
  },
};

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
      `${wrapperUrl} refuses our proxy secret`,
      variable("proxySecret", "<that of the gateway's environment>"),
      variable("proxySecret", "<that of doctor's environment>", "gateway-environment"),
    );
  }
  const { result } = (json ?? {}) as { result?: { data?: unknown } };
  if (status !== 200 || !readHello(result?.data)?.versions.includes(PROTOCOL_VERSION)) {
    return wrong(
      `${url} is no gateway of ours: it gave HTTP status ${status}`,
      variable("wrapperUrl", "http://localhost:8001"),
    );
  }
  return ok(`${wrapperUrl} takes the proxy secret`);
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
