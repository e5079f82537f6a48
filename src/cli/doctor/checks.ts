import type { Check } from "./check.js";
import { api } from "./checks/api.js";
import { clock } from "./checks/clock.js";
import { concurrency } from "./checks/concurrency.js";
import { deferredReplies } from "./checks/deferred-replies.js";
import { forgedToken } from "./checks/forged-token.js";
import { gatewayServices } from "./checks/gateway-services.js";
import { gateway } from "./checks/gateway.js";
import { handlerServices } from "./checks/handler-services.js";
import { messageSize } from "./checks/message-size.js";
import { origins } from "./checks/origins.js";
import { otherUsersChannel } from "./checks/other-users-channel.js";
import { proxyTimeout } from "./checks/proxy-timeout.js";
import { publications } from "./checks/publications.js";
import { publishProxy } from "./checks/publish-proxy.js";
import { rpcProxy } from "./checks/rpc-proxy.js";
import { token } from "./checks/token.js";
import { userChannel } from "./checks/user-channel.js";
import { version } from "./checks/version.js";
import { websocket } from "./checks/websocket.js";

/** All checks; each stands behind those that it needs. */
export const CHECKS: readonly Check[] = [
  api,
  version,
  clock,
  gateway,
  handlerServices,
  gatewayServices,
  websocket,
  token,
  forgedToken,
  origins,
  rpcProxy,
  concurrency,
  proxyTimeout,
  messageSize,
  userChannel,
  otherUsersChannel,
  publications,
  publishProxy,
  deferredReplies,
];
