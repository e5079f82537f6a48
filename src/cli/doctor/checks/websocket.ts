import { ok, wrong, type Check } from "../check.js";
import { UnreachableError } from "../http.js";
import { command, variable } from "../mends.js";
import { UpgradeError } from "../probe-connection.js";

const usual = variable("centrifugoUrl", "ws://localhost:8000/connection/websocket");

export const websocket: Check = {
  id: "websocket",
  title: "WebSocket",
  needs: [],
  async run(session) {
    const url = session.config.centrifugoUrl;
    try {
      await session.open();
      return ok(`${url} takes connections`);
    } catch (error) {
      if (error instanceof UpgradeError) {
        return wrong(`${url} takes no WebSocket connections: ${error.message}`, usual);
      }
      if (!(error instanceof UnreachableError)) throw error;
      return wrong(
        `${url} cannot be reached: ${error.message}`,
        command("centrifugo --config centrifugo.json"),
        usual,
      );
    }
  },
};
