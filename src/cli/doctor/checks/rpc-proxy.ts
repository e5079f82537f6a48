import { ok, wrong, type Check, type Finding } from "../check.js";
import { recommended, setting } from "../mends.js";
import { helloCommand, readHello, type Session } from "../session.js";

/** Source: https://centrifugal.dev/docs/server/proxy#rpc-proxy */
export const rpcProxy: Check = {
  id: "rpc-proxy",
  title: "RPC proxy",
  needs: ["token"],
  async run(session) {
    const { connection } = await session.main();
    const { error, rpc } = await connection.call(helloCommand());
    if (error) return judgeError(error, session);
    if (!readHello(rpc?.data)) {
      return wrong(
        "calls reach something that is no gateway of ours",
        recommended("rpc.proxy.endpoint", session.config),
      );
    }
    return ok("calls reach the gateway");
  },
};

function judgeError(error: { code: number; message: string }, { config }: Session): Finding {
  switch (error.code) {
    case 108:
      return wrong(
        "Centrifugo answers calls with 108, not available: it sends them nowhere",
        recommended("rpc.without_namespace.proxy_enabled", config),
      );
    case 104:
      return wrong(
        "Centrifugo answers calls with 104, method not found: it takes a part of the method's " +
          "name for a namespace, or has no RPC proxy",
        setting("rpc.namespace_boundary", ":"),
        recommended("rpc.without_namespace.proxy_enabled", config),
      );
    case 100:
      return wrong(
        "Centrifugo answers calls with 100, internal error: from its side the gateway cannot be " +
          "reached, or refuses its secret; Centrifugo's log says which",
        recommended("rpc.proxy.endpoint", config),
        recommended("rpc.proxy.http.static_headers", config),
      );
    default:
      return wrong(
        `a call fails with ${error.code}: ${error.message}`,
        recommended("rpc.proxy.endpoint", config),
      );
  }
}
