import { ok, wrong, type Check } from "../check.js";
import { setting } from "../mends.js";
import { ClosedError } from "../probe-connection.js";
import { helloCommand, readHello, type Session } from "../session.js";

/** The WebSocket close code for a message that is too large. */
const MESSAGE_TOO_BIG = 1009;

/** Clients send messages as large as the gateway says, and lose the connection at a larger one. */
export const messageSize: Check = {
  id: "message-size",
  title: "Message size",
  needs: ["rpc-proxy"],
  async run(session) {
    const limit = await promisedLimit(session);
    if (limit === undefined) return wrong("the gateway does not say how large a message may be");
    // Of its own, because it may not survive.
    const { connection } = await session.openAsUser();
    const empty = connection.frameBytes(helloCommand({ padding: "" }));
    const padding = "x".repeat(Math.max(0, limit - empty));
    try {
      const { error } = await connection.call(helloCommand({ padding }));
      if (!error) return ok(`a message may have ${limit} bytes, as the gateway says`);
      return wrong(
        `a message of ${limit} bytes reaches Centrifugo and not the gateway (${error.message}): ` +
          "something between them takes less",
        { where: "nginx", line: "client_max_body_size 2m;" },
      );
    } catch (error) {
      if (!(error instanceof ClosedError) || error.code !== MESSAGE_TOO_BIG) throw error;
      return wrong(
        `Centrifugo takes no message of ${limit} bytes, which the gateway allows`,
        setting("websocket.message_size_limit", limit),
      );
    }
  },
};

async function promisedLimit(session: Session): Promise<number | undefined> {
  const { connection } = await session.main();
  const { rpc } = await connection.call(helloCommand());
  return readHello(rpc?.data)?.max_message_bytes;
}
