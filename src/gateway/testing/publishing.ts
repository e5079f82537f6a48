import { vi } from "vitest";
import type { RpcProxyRequest } from "../../protocol/index.js";
import { createRouter, Registry, type Router } from "../../handlers/index.js";
import type { AckStore } from "../publishing/ack-store.js";
import { createGateway, type Gateway } from "../gateway.js";
import { createMemoryAckStore } from "../publishing/memory-ack-store.js";
import type { GatewayObserver } from "../observability/observer.js";
import type { Publisher, PublishOptions } from "../centrifugo/broker-publisher.js";

interface Published extends PublishOptions {
  channel: string;
  data: unknown;
}

/** A gateway over a broker that the test plays. */
export function startPublishing(
  options: {
    fail?: Error;
    onPublish?: (publication: Published) => Promise<void>;
    store?: AckStore;
    observers?: GatewayObserver[];
    /** Runs calls. Default: there is no method. */
    router?: Router;
  } & Omit<Publisher, "publish"> = {},
) {
  const { fail, onPublish, store = createMemoryAckStore(), observers, ...rest } = options;
  const { router = createRouter(new Registry()), ...publisher } = rest;
  const publications: Published[] = [];
  let attempts = 0;
  let taken = 0;
  const gateway: Gateway = createGateway({
    router,
    publisher: {
      ...publisher,
      async publish(channel, data, how) {
        attempts++;
        if (fail) throw fail;
        publications.push({ channel, data, ...how });
        await onPublish?.({ channel, data, ...how });
      },
    },
    acks: store,
    ...(observers && { observers }),
  });
  return {
    gateway,
    store,
    publications,
    attempts: () => attempts,
    /** The message ID of the next publication that is to be acknowledged. */
    async published(): Promise<string> {
      const publication = await vi.waitUntil(() => publications[taken], { timeout: 30_000 });
      taken++;
      return publication.tags?.["rpc_message_id"] ?? "";
    },
    /** What the gateway answers to `$rpc.ack`; each user has one client unless it says otherwise. */
    async ack(
      messageId: string,
      user: string,
      from: { client?: string; subscriber?: string } = {},
    ) {
      const { client = `c-${user}`, subscriber = `s-${user}` } = from;
      const request: RpcProxyRequest = {
        client,
        transport: "websocket",
        protocol: "json",
        encoding: "json",
        user,
        method: "$rpc.ack",
        data: { $rpc: 1, message_id: messageId, subscriber_id: subscriber },
      };
      const { result, error } = await gateway.rpc(request);
      if (error) throw Object.assign(new Error(error.message), error);
      return result?.data;
    },
  };
}
