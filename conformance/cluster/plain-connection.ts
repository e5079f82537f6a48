import { Centrifuge } from "centrifuge";
import { WebSocket } from "ws";

/** A connection of the plain SDK: what is sent and received here is seen as it is. */
export interface PlainConnection {
  /** Centrifugo's `rpc` command; gives the reply's data. */
  rpc(method: string, data: object): Promise<unknown>;
  /** What was published on the user's channel so far, oldest first. */
  readonly publications: readonly unknown[];
  /** Resolves when there have been so many publications. */
  published(count: number): Promise<void>;
  close(): void;
}

/** Connects as the token's user and subscribes to `user#<id>`. */
export async function connectPlainly(
  url: string,
  token: string,
  userId: string,
): Promise<PlainConnection> {
  const centrifuge = new Centrifuge(url, { token, websocket: WebSocket });
  const publications: unknown[] = [];
  const changed = new EventTarget();
  const subscription = centrifuge.newSubscription(`user#${userId}`);
  subscription.on("publication", ({ data }) => {
    publications.push(data);
    changed.dispatchEvent(new Event("publication"));
  });
  subscription.subscribe();
  centrifuge.connect();
  await subscription.ready();
  return {
    publications,
    rpc: async (method, data) => (await centrifuge.rpc(method, data)).data,
    async published(count) {
      while (publications.length < count) {
        await new Promise((resolve) => {
          changed.addEventListener("publication", resolve, { once: true });
        });
      }
    },
    close: () => centrifuge.disconnect(),
  };
}
