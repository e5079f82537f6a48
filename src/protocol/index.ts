export type {
  ProxyBackend,
  ProxyFailure,
  PublishProxyRequest,
  PublishProxyResponse,
  RpcProxyRequest,
  RpcProxyResponse,
} from "./centrifugo-proxy.js";
export { ArgumentError, CodedError, ERROR_CODES } from "./coded-error.js";
export type { CodedErrorCode } from "./coded-error.js";
export type {
  Contract,
  ContractErrorType,
  ContractExample,
  ContractMethod,
  JsonSchema,
} from "./contract.js";
export {
  ACK_METHOD,
  ACK_TAGS,
  CALLS_METHOD,
  CANCEL_METHOD,
  CONTRACT_METHOD,
  DEFAULT_TIMEOUT_MS,
  HELLO_METHOD,
  isCorrelationId,
  isEnvelope,
  MAX_TIMEOUT_MS,
  PROTOCOL_VERSION,
  readReply,
  REQUESTS_CHANNEL,
  RESERVED_METHOD_PREFIX,
} from "./envelope.js";
export type {
  AckReply,
  AckRequest,
  CallEnvelope,
  CallsReply,
  CallsRequest,
  CancelReply,
  ContractCheckReply,
  ContractCheckRequest,
  ContractVerdict,
  HelloReply,
  PublishedCall,
  ReplyBody,
  ReplyEnvelope,
} from "./envelope.js";
export { ERROR_TABLE, ErrorCode, MAX_ISSUES } from "./errors.js";
export type { ErrorName, ErrorTableRow, ValidationIssue, WireError } from "./errors.js";
export { within } from "./deadline.js";
export { isObject, withoutUndefined } from "./json.js";
export { PROBE_METHOD } from "./probe.js";
export type { ProbeEnvelope, ProbeReply } from "./probe.js";
export { RPCError } from "./rpc-error.js";
export { withoutTrailingSlash } from "./url.js";
export { isUserId, userChannel } from "./user-channel.js";
export { uuidv7 } from "./uuid.js";
