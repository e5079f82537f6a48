import { ok, wrong, type Check } from "../check.js";
import { command, recommended, variable } from "../mends.js";
import { ClosedError } from "../probe-connection.js";

/** Centrifugo's code for a token that has expired. */
const TOKEN_EXPIRED = 109;

/** Centrifugo's code for a token that it does not take. */
const INVALID_TOKEN = 3500;

/** Source: https://centrifugal.dev/docs/server/authentication */
export const token: Check = {
  id: "token",
  title: "Token",
  needs: ["websocket"],
  async run(session) {
    try {
      const { reply } = await session.main();
      if (reply.connect) return ok(`Centrifugo takes a token of user ${session.userId}`);
      if (reply.error?.code === TOKEN_EXPIRED) {
        return wrong(
          "to Centrifugo the token has expired",
          command(`npx centrifugo-rpc token --user ${session.userId}`),
          command("timedatectl set-ntp true"),
        );
      }
      return wrong(`Centrifugo refuses to connect: ${JSON.stringify(reply.error)}`);
    } catch (error) {
      if (!(error instanceof ClosedError) || error.code !== INVALID_TOKEN) throw error;
      return wrong(
        "Centrifugo does not take the token: it is signed with another secret, or Centrifugo " +
          "looks for an audience, an issuer or a public key",
        variable("centrifugoTokenHmacSecret", "<client.token.hmac_secret_key of Centrifugo>"),
        recommended("client.token.hmac_secret_key", session.config),
      );
    }
  },
};
