export { ArgumentError, CodedError, ErrorCode, RPCError } from "./protocol/index.js";
export type {
  CodedErrorCode,
  Contract,
  ContractMethod,
  ErrorName,
  ValidationIssue,
} from "./protocol/index.js";
export { createCaller } from "./handlers/index.js";
export type { Caller, CallerOptions } from "./handlers/index.js";
export { CONFIG_VARIABLES, CONFIG_DEFAULTS, SECRET_FIELDS } from "./config/index.js";
export { ConfigError, defineConfig, loadConfig } from "./config/index.js";
export type { CentrifugoConfig, ConfigInput } from "./config/index.js";
export type { ConnectionContext } from "./handlers/index.js";
export { buildContract } from "./handlers/index.js";
export { defineError } from "./handlers/index.js";
export type {
  DefinedError,
  DefineErrorOptions,
  DetailedDefinedError,
  ErrorDefinition,
  PlainDefinedError,
} from "./handlers/index.js";
export { silentLogger } from "./handlers/index.js";
export type { Logger, LogMethod } from "./handlers/index.js";
export type {
  Handler,
  Method,
  MethodExample,
  MethodOptions,
  NoParams,
  NoResult,
} from "./handlers/index.js";
export type { Middleware, Next } from "./handlers/index.js";
export { normalContract } from "./contract/index.js";
export { loadProjectConfig, loadProjectSettings, readEnvironmentFile } from "./config/index.js";
export type { ProjectConfigOptions } from "./config/index.js";
export { once } from "./handlers/index.js";
export type { KyselyTransaction, PgTransaction } from "./handlers/index.js";
export { bindPublisher, publisher } from "./handlers/index.js";
export type {
  AckOptions,
  ChannelResult,
  MessageOptions,
  MessagePublisher,
  PublishResult,
} from "./handlers/index.js";
export { collectMethods, defaultRegistry, Registry } from "./handlers/index.js";
export type { Methods } from "./handlers/index.js";
export { createRouter } from "./handlers/index.js";
export type { Router, RouterOptions } from "./handlers/index.js";
export type { Schema, SchemaInput, SchemaOutput } from "./handlers/index.js";
export { websocketRpc } from "./handlers/index.js";
export type { RegisteredHandler, WebsocketRpc, WebsocketRpcOptions } from "./handlers/index.js";
