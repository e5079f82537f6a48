import { type Finding, ok, warning, wrong } from "../finding.js";
import { recommended, setting } from "../fixes.js";
import { ClosedError } from "../probe-connection.js";
import { type Session, helloCommand, readHello } from "../session.js";

/** Source: https://centrifugal.dev/docs/server/proxy#rpc-proxy */
export async function rpcProxy(session: Session): Promise<Finding> {
  const { connection } = await session.main();
  const { error, rpc } = await connection.call(helloCommand());
  if (error) return judgeError(error, session);
  if (!readHello(rpc?.data)) {
    return wrong(
      "calls reach a server that is not a centrifugo-rpc gateway",
      recommended("rpc.proxy.endpoint", session.config),
    );
  }
  return ok("calls reach the gateway");
}

function judgeError(error: { code: number; message: string }, { config }: Session): Finding {
  switch (error.code) {
    case 108:
      return wrong(
        "Centrifugo answers calls with 108 (not available): no RPC proxy is enabled",
        recommended("rpc.without_namespace.proxy_enabled", config),
      );
    case 104:
      return wrong(
        "Centrifugo answers calls with 104 (method not found): it reads part of the method name " +
          "as a namespace, or has no RPC proxy",
        setting("rpc.namespace_boundary", ":"),
        recommended("rpc.without_namespace.proxy_enabled", config),
      );
    case 100:
      return wrong(
        "Centrifugo answers calls with 100 (internal error): it cannot reach the gateway, or the " +
          "gateway refuses its secret; see Centrifugo's log",
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

/** By default Centrifugo handles the commands of a connection one after another. */
export async function concurrency(session: Session): Promise<Finding> {
  const { overtaken } = await session.overlap();
  if (overtaken) return ok("calls of one connection run concurrently");
  return wrong(
    "a slow call blocks all later calls of its connection",
    recommended("client.concurrency", session.config),
  );
}

/** Centrifugo must not give up on a call before the gateway answers `pending`. */
export async function proxyTimeout(session: Session): Promise<Finding> {
  const { slow, afterMs } = await session.overlap();
  const seconds = (afterMs / 1000).toFixed(1);
  if (slow.error?.code === 100) {
    return wrong(
      `Centrifugo gives up on a call after ${seconds} s, before the gateway has to answer`,
      recommended("rpc.proxy.timeout", session.config),
    );
  }
  if (slow.error) {
    return warning(`could not be measured: ${slow.error.code} ${slow.error.message}`);
  }
  return ok(`Centrifugo waits for the whole inline time of the gateway (${seconds} s)`);
}

/** The WebSocket close code for a message that is too large. */
const MESSAGE_TOO_BIG = 1009;

/** Clients send messages up to the limit that the gateway reports; a larger one closes the connection. */
export async function messageSize(session: Session): Promise<Finding> {
  const limit = await promisedLimit(session);
  if (limit === undefined) return wrong("the gateway does not report its message size limit");
  // A separate connection: this one may be closed.
  const { connection } = await session.openAsUser();
  const empty = connection.frameBytes(helloCommand({ padding: "" }));
  const padding = "x".repeat(Math.max(0, limit - empty));
  try {
    const { error } = await connection.call(helloCommand({ padding }));
    if (!error) return ok(`a message of ${limit} bytes, the gateway's limit, is accepted`);
    return wrong(
      `a message of ${limit} bytes reaches Centrifugo but not the gateway (${error.message}): ` +
        "a proxy between them has a lower limit",
      { where: "nginx", line: "client_max_body_size 2m;" },
    );
  } catch (error) {
    if (!(error instanceof ClosedError) || error.code !== MESSAGE_TOO_BIG) throw error;
    return wrong(
      `Centrifugo refuses a message of ${limit} bytes, which the gateway allows`,
      setting("websocket.message_size_limit", limit),
    );
  }
}

async function promisedLimit(session: Session): Promise<number | undefined> {
  const { connection } = await session.main();
  const { rpc } = await connection.call(helloCommand());
  return readHello(rpc?.data)?.max_message_bytes;
}
