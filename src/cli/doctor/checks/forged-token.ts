import { randomBytes } from "node:crypto";
import { ok, wrong, type Check } from "../check.js";
import { setting } from "../mends.js";
import { ClosedError } from "../probe-connection.js";

/** Whoever can forge a token calls as anybody. */
export const forgedToken: Check = {
  id: "forged-token",
  title: "Forged token",
  needs: ["websocket"],
  async run(session) {
    const connection = await session.open();
    const token = await session.sign(randomBytes(32).toString("hex"));
    try {
      const reply = await connection.call({ connect: { token } });
      if (!reply.connect)
        return ok("Centrifugo refuses a token that is signed with another secret");
      return wrong(
        "Centrifugo takes a token that is signed with another secret: anybody can call as anybody",
        setting("client.insecure", false),
        setting("client.insecure_skip_token_signature_verify", false),
      );
    } catch (error) {
      if (!(error instanceof ClosedError)) throw error;
      return ok("Centrifugo refuses a token that is signed with another secret");
    }
  },
};
