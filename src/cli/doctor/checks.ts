import { api, version, clock } from "./checks/centrifugo.js";
import { gateway, gatewayServices } from "./checks/gateway.js";
import { handlerServices } from "./checks/handler-services.js";
import { redis } from "./checks/redis.js";
import { websocket, token, forgedToken, origins } from "./checks/connection.js";
import { rpcProxy, concurrency, proxyTimeout, messageSize } from "./checks/calls.js";
import {
  ownChannel,
  otherUsersChannel,
  publications,
  publishProxy,
  deferredReplies,
} from "./checks/channels.js";
import type { Finding } from "./finding.js";
import type { Session } from "./session.js";

/** One condition that has to hold for calls to work. */
export interface Check {
  /** As in `rpc-proxy`: the name for other checks and for programs. */
  readonly id: string;
  /** As in `RPC proxy`. */
  readonly title: string;
  /** The checks that have to pass first: without them this one would only repeat their findings. */
  readonly needs: readonly string[];
  run(session: Session): Promise<Finding>;
}

/** All checks. Each comes after those that it needs. */
// prettier-ignore
export const CHECKS: readonly Check[] = [
  { id: "api", title: "HTTP API", needs: [], run: api },
  { id: "version", title: "Version", needs: ["api"], run: version },
  { id: "clock", title: "Clocks", needs: ["api"], run: clock },
  { id: "gateway", title: "Gateway", needs: [], run: gateway },
  { id: "handler-services", title: "Handler services", needs: [], run: handlerServices },
  { id: "gateway-services", title: "Gateway's services", needs: ["gateway", "handler-services"], run: gatewayServices },
  { id: "redis", title: "Redis", needs: [], run: redis },
  { id: "websocket", title: "WebSocket", needs: [], run: websocket },
  { id: "token", title: "Token", needs: ["websocket"], run: token },
  { id: "forged-token", title: "Forged token", needs: ["websocket"], run: forgedToken },
  { id: "origins", title: "Web pages", needs: ["websocket"], run: origins },
  { id: "rpc-proxy", title: "RPC proxy", needs: ["token"], run: rpcProxy },
  { id: "concurrency", title: "Concurrency", needs: ["rpc-proxy"], run: concurrency },
  { id: "proxy-timeout", title: "Proxy timeout", needs: ["rpc-proxy"], run: proxyTimeout },
  { id: "message-size", title: "Message size", needs: ["rpc-proxy"], run: messageSize },
  { id: "user-channel", title: "User's channel", needs: ["token"], run: ownChannel },
  { id: "other-users-channel", title: "Other's channel", needs: ["token"], run: otherUsersChannel },
  { id: "publications", title: "Publications", needs: ["api", "user-channel"], run: publications },
  { id: "publish-proxy", title: "Publish proxy", needs: ["token"], run: publishProxy },
  { id: "deferred-replies", title: "Deferred replies", needs: ["publish-proxy", "publications"], run: deferredReplies },
];
