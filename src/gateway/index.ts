export type { Ack, AckStore } from "./publishing/ack-store.js";
export { createCallLines } from "./observability/call-lines.js";
export { createCallRecorder } from "./observability/call-recorder.js";
export type { CallRecorderOptions, LoggedMethods } from "./observability/call-recorder.js";
export type { CallStore } from "./calls/call-store.js";
export { createBrokerApi } from "./centrifugo/broker-api.js";
export type {
  ApiCommands,
  BrokerApi,
  ClientInfo,
  History,
  HistoryFilter,
} from "./centrifugo/broker-api.js";
export { CentrifugoApiError } from "./centrifugo/api-error.js";
export type { CentrifugoApiErrorOptions } from "./centrifugo/api-error.js";
export { createCentrifugoApi } from "./centrifugo/http-client.js";
export type { CentrifugoApiOptions } from "./centrifugo/http-client.js";
export { centrifugoConfig, MESSAGE_SIZE_LIMIT } from "./centrifugo/generated-config.js";
export type { CentrifugoConfigOptions, HttpsFiles } from "./centrifugo/generated-config.js";
export { composeGateway } from "./compose-gateway.js";
export type { ComposedGateway, ComposeGatewayOptions } from "./compose-gateway.js";
export { createFetchHandler } from "./http/fetch-handler.js";
export type { FetchHandler } from "./http/fetch-handler.js";
export { startGatewayServer } from "./http/gateway-server.js";
export type {
  CloseOptions,
  GatewayServer,
  GatewayServerOptions,
  ListenOptions,
} from "./http/gateway-server.js";
export { createGateway } from "./gateway.js";
export type { Gateway, GatewayOptions } from "./gateway.js";
export { PROXY_SECRET_HEADER } from "./http-handler.js";
export type { HttpHandlerOptions } from "./http-handler.js";
export { createLogger } from "./observability/json-logger.js";
export { createMetrics } from "./observability/metrics.js";
export type {
  CallLogFigures,
  HandlerServiceFigures,
  Metrics,
  MetricsOptions,
} from "./observability/metrics.js";
export { createNodeHandler } from "./http/node-handler.js";
export type { NodeHandler } from "./http/node-handler.js";
export type {
  CallEnd,
  CallWatch,
  GatewayObserver,
  GoneCaller,
  PublicationEnd,
  PublicationWatch,
  PublishedReply,
  ReceivedAck,
  RefusedCall,
  RefusedRequest,
  StartedCall,
  StartedPublication,
} from "./observability/observer.js";
export type {
  BroadcastOutcome,
  PresentClient,
  Publisher,
  PublishOptions,
} from "./centrifugo/broker-publisher.js";
export { createMemoryAckStore } from "./publishing/memory-ack-store.js";
export { connectRedisAckStore } from "./publishing/redis-ack-store.js";
export { connectRedisCallStore } from "./calls/redis-call-store.js";
export type { RedisOptions, RedisServer } from "./stores/redis-connection.js";
export type { Readiness } from "./readiness.js";
export { connectHandlerServices } from "./services/handler-services.js";
export type {
  HandlerServices,
  HandlerServicesOptions,
  HandlerServiceState,
} from "./services/handler-services.js";
export { checkServiceContract } from "./services/service-methods.js";
export { signatureHeaders } from "./services/signature.js";
export { checkRedis, StoreError } from "./stores/redis-connection.js";
export { createToken } from "./centrifugo/connection-token.js";
export type { TokenOptions } from "./centrifugo/connection-token.js";
export { createTracing } from "./observability/tracing.js";
export type { CallSpan, Tracing } from "./observability/tracing.js";
export type { HttpApiOptions } from "./http-api/api.js";
export { createPublisher } from "./http-api/remote-publisher.js";
export type { PublisherOptions } from "./http-api/remote-publisher.js";
export { wireResult } from "./http-api/routes.js";
export type { ApiServices } from "./http-api/routes.js";
