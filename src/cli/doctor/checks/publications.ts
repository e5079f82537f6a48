import { randomUUID } from "node:crypto";
import { ok, wrong, type Check } from "../check.js";
import { recommended, variable } from "../mends.js";

/** Whether the HTTP API and the WebSocket belong to one Centrifugo. */
export const publications: Check = {
  id: "publications",
  title: "Publications",
  needs: ["api", "user-channel"],
  async run(session) {
    const { channel, config } = session;
    const { connection } = await session.main();
    const data = { doctor: randomUUID() };
    // Of no use to anybody later.
    const { json } = await session.api("publish", { channel, data, skip_history: true });
    const { error } = (json ?? {}) as { error?: { code: number; message: string } };
    if (error) return wrong(`the API refuses to publish: ${error.code} ${error.message}`);
    const arrived = await connection.receives(
      channel,
      (received) => (received as Partial<typeof data> | undefined)?.doctor === data.doctor,
    );
    if (arrived) return ok("what is published through the HTTP API arrives");
    return wrong(
      "what is published through the HTTP API does not arrive: it goes to another node than the " +
        "WebSocket, and nothing joins the nodes",
      variable("centrifugoApiUrl", "<that of the node behind CENTRIFUGO_URL>"),
      recommended("engine", config),
    );
  },
};
