import { randomBytes, randomUUID } from "node:crypto";
import { REQUESTS_CHANNEL, readReply, userChannel } from "../../../protocol/index.js";
import { type Finding, ok, wrong } from "../finding.js";
import { placeholder, recommended, setting, variable } from "../fixes.js";
import type { Reply } from "../probe-connection.js";
import { type Session, publishedCall } from "../session.js";

const options = "channel.without_namespace";

/** Deferred replies arrive here, and its history keeps them for a client that reconnects. */
export async function ownChannel(session: Session): Promise<Finding> {
  const { channel, config } = session;
  const { connection } = await session.main();
  const { error, subscribe } = await connection.call({ subscribe: { channel } });
  if (error) {
    return wrong(
      `users cannot subscribe to their own channel: ${error.code} ${error.message}`,
      recommended(`${options}.allow_user_limited_channels`, config),
    );
  }
  if (!subscribe?.recoverable || !subscribe.positioned) {
    return wrong(
      "the user channel has no history for clients that reconnect",
      recommended(`${options}.history_size`, config),
      recommended(`${options}.history_ttl`, config),
      recommended(`${options}.force_recovery`, config),
    );
  }
  return ok("users can subscribe to their own channel and recover missed publications");
}

/** Replies are private to the caller. */
export async function otherUsersChannel(session: Session): Promise<Finding> {
  const channel = userChannel(`doctor-${randomBytes(8).toString("hex")}`);
  const { connection } = await session.main();
  const { error } = await connection.call({ subscribe: { channel } });
  if (error) return ok("users cannot subscribe to another user's channel");
  return wrong(
    "users can subscribe to other users' channels and read their replies",
    recommended("channel.without_namespace.allow_user_limited_channels", session.config),
    setting("client.insecure", false),
  );
}

/** Whether the HTTP API and the WebSocket belong to one Centrifugo. */
export async function publications(session: Session): Promise<Finding> {
  const { channel, config } = session;
  const { connection } = await session.main();
  const data = { doctor: randomUUID() };
  // No one needs it later.
  const { json } = await session.api("publish", { channel, data, skip_history: true });
  const { error } = (json ?? {}) as { error?: { code: number; message: string } };
  if (error) return wrong(`Centrifugo's API refuses to publish: ${error.code} ${error.message}`);
  const arrived = await connection.receives(
    channel,
    (received) => (received as Partial<typeof data> | undefined)?.doctor === data.doctor,
  );
  if (arrived) return ok("publications through Centrifugo's API arrive");
  return wrong(
    "publications through Centrifugo's API do not arrive: the API and the WebSocket belong to " +
      "different nodes, and the nodes do not share an engine",
    variable("centrifugoApiUrl", "<that of the node behind CENTRIFUGO_URL>"),
    recommended("engine", config),
  );
}

/** Centrifugo's code for a publication that is not allowed. */
const PERMISSION_DENIED = 103;

/** Source: https://centrifugal.dev/docs/server/proxy#publish-proxy */
export async function publishProxy(session: Session): Promise<Finding> {
  const { connection } = await session.main();
  const publish = { channel: `doctor.${randomUUID()}`, data: {} };
  const other = await connection.call({ publish });
  if (!other.error) {
    return wrong(
      "users can publish to any channel: there is no publish proxy",
      recommended("channel.without_namespace.publish_proxy_enabled", session.config),
      recommended("channel.proxy.publish.endpoint", session.config),
    );
  }
  return judge(await connection.call(publishedCall(randomUUID())), session);
}

function judge({ error }: Reply, { config }: Session): Finding {
  if (!error) return ok(`calls can be published to ${REQUESTS_CHANNEL} only`);
  if (error.code === PERMISSION_DENIED) {
    return wrong(
      `calls cannot be published to ${REQUESTS_CHANNEL}: there is no publish proxy`,
      recommended("channel.without_namespace.publish_proxy_enabled", config),
    );
  }
  return wrong(
    `publishing a call fails with ${error.code} (${error.message}): Centrifugo cannot reach the ` +
      "gateway, or the gateway refuses its secret; see Centrifugo's log",
    recommended("channel.proxy.publish.endpoint", config),
    recommended("channel.proxy.publish.http.static_headers", config),
  );
}

/** The reply to a published call arrives the way of every deferred reply: the gateway publishes it. */
export async function deferredReplies(session: Session): Promise<Finding> {
  const { channel, config } = session;
  const { connection } = await session.main();
  const id = randomUUID();
  const { error } = await connection.call(publishedCall(id));
  if (error) return wrong(`the gateway refuses a call: ${error.code} ${error.message}`);
  if (await connection.receives(channel, (data) => readReply(data)?.correlation_id === id)) {
    return ok("deferred replies arrive");
  }
  return wrong(
    "deferred replies do not arrive: the gateway cannot publish; see its log",
    variable("centrifugoApiUrl", config.centrifugoApiUrl, "gateway-environment"),
    variable("centrifugoApiKey", placeholder("centrifugoApiKey"), "gateway-environment"),
  );
}
