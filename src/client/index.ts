export { ErrorCode } from "../protocol/errors.js";
export { RPCError } from "../protocol/rpc-error.js";
export { ConnectionError } from "./connection-error.js";
export { UnauthorizedError } from "./connection.js";
export { CentrifugoRPCClient } from "./rpc-client.js";
export type { CallOptions, CentrifugoRPCClientOptions } from "./rpc-client.js";
