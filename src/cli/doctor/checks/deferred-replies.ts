import { randomUUID } from "node:crypto";
import { readReply } from "../../../protocol/index.js";
import { ok, wrong, type Check } from "../check.js";
import { placeholder, variable } from "../mends.js";
import { publishedCall } from "../session.js";

/** The reply to a published call comes as every deferred one: the gateway publishes it. */
export const deferredReplies: Check = {
  id: "deferred-replies",
  title: "Deferred replies",
  needs: ["publish-proxy", "publications"],
  async run(session) {
    const { channel, config } = session;
    const { connection } = await session.main();
    const id = randomUUID();
    const { error } = await connection.call(publishedCall(id));
    if (error) return wrong(`the gateway refuses a call: ${error.code} ${error.message}`);
    if (await connection.receives(channel, (data) => readReply(data)?.correlation_id === id)) {
      return ok("replies of calls that take long arrive");
    }
    return wrong(
      "the gateway's replies do not arrive: it cannot publish, its log says why",
      variable("centrifugoApiUrl", config.centrifugoApiUrl, "gateway-environment"),
      variable("centrifugoApiKey", placeholder("centrifugoApiKey"), "gateway-environment"),
    );
  },
};
