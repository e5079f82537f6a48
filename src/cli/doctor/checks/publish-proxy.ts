import { randomUUID } from "node:crypto";
import { REQUESTS_CHANNEL } from "../../../protocol/index.js";
import { ok, wrong, type Check, type Finding } from "../check.js";
import { recommended } from "../mends.js";
import type { Reply } from "../probe-connection.js";
import { publishedCall, type Session } from "../session.js";

/** Centrifugo's code for a publication that is not allowed. */
const PERMISSION_DENIED = 103;

/** Source: https://centrifugal.dev/docs/server/proxy#publish-proxy */
export const publishProxy: Check = {
  id: "publish-proxy",
  title: "Publish proxy",
  needs: ["token"],
  async run(session) {
    const { connection } = await session.main();
    const publish = { channel: `doctor.${randomUUID()}`, data: {} };
    const other = await connection.call({ publish });
    if (!other.error) {
      return wrong(
        "users can publish to any channel: the gateway is not asked",
        recommended("channel.without_namespace.publish_proxy_enabled", session.config),
        recommended("channel.proxy.publish.endpoint", session.config),
      );
    }
    return judge(await connection.call(publishedCall(randomUUID())), session);
  },
};

function judge({ error }: Reply, { config }: Session): Finding {
  if (!error) return ok(`calls can be published to ${REQUESTS_CHANNEL}, and nothing elsewhere`);
  if (error.code === PERMISSION_DENIED) {
    return wrong(
      `calls cannot be published to ${REQUESTS_CHANNEL}: the gateway is not asked`,
      recommended("channel.without_namespace.publish_proxy_enabled", config),
    );
  }
  return wrong(
    `publishing a call fails with ${error.code}, ${error.message}: from Centrifugo's side the ` +
      "gateway cannot be reached, or refuses its secret; Centrifugo's log says which",
    recommended("channel.proxy.publish.endpoint", config),
    recommended("channel.proxy.publish.http.static_headers", config),
  );
}
