export { createCaller } from "./caller.js";
export type { Caller, CallerOptions } from "./caller.js";
export type { ConnectionContext } from "./connection-context.js";
export { buildContract } from "./build-contract.js";
export { defineError } from "./define-error.js";
export type {
  DefinedError,
  DefineErrorOptions,
  DetailedDefinedError,
  ErrorDefinition,
  PlainDefinedError,
} from "./define-error.js";
export { silentLogger } from "./logger.js";
export type { Logger, LogMethod } from "./logger.js";
export type {
  Handler,
  Method,
  MethodExample,
  MethodOptions,
  NoParams,
  NoResult,
} from "./method.js";
export type { Middleware, Next } from "./middleware.js";
export { once } from "./once.js";
export type { KyselyTransaction, PgTransaction } from "./once.js";
export { bindPublisher, publisher } from "./publisher.js";
export type {
  AckOptions,
  ChannelResult,
  MessageOptions,
  MessagePublisher,
  PublishResult,
} from "./publisher.js";
export { collectMethods, defaultRegistry, Registry } from "./registry.js";
export type { Methods } from "./registry.js";
export { methodsThatRecurseAmbiguously } from "./params-limits.js";
export { createRouter, isRefusal, neverStarted } from "./router.js";
export type { Router, RouterOptions } from "./router.js";
export type { Schema, SchemaInput, SchemaOutput } from "./standard-schema.js";
export { websocketRpc } from "./websocket-rpc.js";
export type { RegisteredHandler, WebsocketRpc, WebsocketRpcOptions } from "./websocket-rpc.js";
