import { randomBytes } from "node:crypto";
import { userChannel } from "../../../protocol/index.js";
import { ok, wrong, type Check } from "../check.js";
import { recommended, setting } from "../mends.js";

/** Replies are for the caller's eyes only. */
export const otherUsersChannel: Check = {
  id: "other-users-channel",
  title: "Other's channel",
  needs: ["token"],
  async run(session) {
    const channel = userChannel(`doctor-${randomBytes(8).toString("hex")}`);
    const { connection } = await session.main();
    const { error } = await connection.call({ subscribe: { channel } });
    if (error) return ok("users cannot subscribe to another user's channel");
    return wrong(
      "users can subscribe to the channels of others, and read the replies to them",
      recommended("channel.without_namespace.allow_user_limited_channels", session.config),
      setting("client.insecure", false),
    );
  },
};
