import { ok, wrong, type Check } from "../check.js";
import { recommended } from "../mends.js";

/** Centrifugo handles one command of a connection after the other, unless it is told otherwise. */
export const concurrency: Check = {
  id: "concurrency",
  title: "Concurrency",
  needs: ["rpc-proxy"],
  async run(session) {
    const { overtaken } = await session.overlap();
    if (overtaken) return ok("calls of one connection run at the same time");
    return wrong(
      "a slow call holds up all later ones of its connection",
      recommended("client.concurrency", session.config),
    );
  },
};
