export { ErrorCode } from "../protocol/errors.js";
export { RPCError } from "../protocol/rpc-error.js";
export type { ContractVerdict, TraceContext } from "../protocol/envelope.js";
export { ConnectionError } from "./connection-error.js";
export { UnauthorizedError } from "./centrifuge.js";
export type { ClientContract, ClientContractMethod, ContractMismatch } from "./contract-check.js";
export { CentrifugoRPCClient } from "./rpc-client.js";
export type { CallOptions, CentrifugoRPCClientOptions } from "./rpc-client.js";
export type {
  ChannelCallback,
  ChannelMessage,
  SubscribeOptions,
  Subscription,
} from "./subscriptions.js";
export type {
  ConnectionTarget,
  Publication,
  Transport,
  TransportError,
  TransportEvents,
  TransportFactory,
} from "./transport.js";
