import { ok, wrong, type Check } from "../check.js";
import { recommended } from "../mends.js";

const options = "channel.without_namespace";

/** Replies that take long arrive here, and wait here for a client that is away. */
export const userChannel: Check = {
  id: "user-channel",
  title: "User's channel",
  needs: ["token"],
  async run(session) {
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
        "the user's channel keeps nothing for clients that are away",
        recommended(`${options}.history_size`, config),
        recommended(`${options}.history_ttl`, config),
        recommended(`${options}.force_recovery`, config),
      );
    }
    return ok("users can subscribe to their own channel, and recover what they missed");
  },
};
