// One system's client: connects, and gives the function that makes the one call.
import { WebSocket } from "ws";
import { CentrifugoRPCClient } from "../../dist/client/index.js";
import { createToken } from "../../dist/gateway/index.js";

const params = { user_id: "123" };

async function ours(url) {
  const token = await createToken({ secret: "bench", userId: "42" });
  const rpc = new CentrifugoRPCClient(url, token, "42");
  await rpc.connect();
  return { call: () => rpc.call("tasks.get_stats", params), close: () => rpc.disconnect() };
}

export const clients = {
  embedded: ours,
  centrifugo: ours,

  async trpc(url) {
    const { createTRPCClient, createWSClient, wsLink } = await import("@trpc/client");
    const client = createWSClient({ url, WebSocket });
    const trpc = createTRPCClient({ links: [wsLink({ client })] });
    return { call: () => trpc.tasks.getStats.query(params), close: () => client.close() };
  },

  async socketio(url) {
    const { io } = await import("socket.io-client");
    const socket = io(url, { transports: ["websocket"] });
    await new Promise((done) => socket.once("connect", done));
    return {
      call: () => socket.emitWithAck("tasks.get_stats", params),
      close: () => socket.close(),
    };
  },
};
