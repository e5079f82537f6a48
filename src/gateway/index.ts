export type { Ack, AckStore } from "./ack-store.js";
export { createCallLines } from "./call-lines.js";
export { createCallRecorder } from "./call-recorder.js";
export type { CallRecorderOptions, LoggedMethods } from "./call-recorder.js";
export type { CallStore } from "./call-store.js";
export { createBrokerApi } from "./broker-api.js";
export type { ApiCommands, BrokerApi, ClientInfo, History, HistoryFilter } from "./broker-api.js";
export { CentrifugoApiError } from "./centrifugo-api-error.js";
export type { CentrifugoApiErrorOptions } from "./centrifugo-api-error.js";
export { createCentrifugoApi } from "./centrifugo-api.js";
export type { CentrifugoApiOptions } from "./centrifugo-api.js";
export { centrifugoConfig, MESSAGE_SIZE_LIMIT } from "./centrifugo-config.js";
export type { CentrifugoConfigOptions, HttpsFiles } from "./centrifugo-config.js";
export { createFetchHandler } from "./fetch-handler.js";
export { startGatewayServer } from "./gateway-server.js";
export type { GatewayServer, GatewayServerOptions } from "./gateway-server.js";
export { createGateway } from "./gateway.js";
export type { Gateway, GatewayOptions } from "./gateway.js";
export { PROXY_SECRET_HEADER } from "./http-handler.js";
export type { HttpHandlerOptions } from "./http-handler.js";
export { createMetrics } from "./metrics.js";
export type { CallLogFigures, HandlerServiceFigures, Metrics, MetricsOptions } from "./metrics.js";
export { createNodeHandler } from "./node-handler.js";
export type {
  CallEnd,
  CallWatch,
  GatewayObserver,
  PublicationEnd,
  PublicationWatch,
  PublishedReply,
  ReceivedAck,
  RefusedCall,
  RefusedRequest,
  StartedCall,
  StartedPublication,
} from "./observer.js";
export type { BroadcastOutcome, PresentClient, Publisher, PublishOptions } from "./publisher.js";
export { connectRedisAckStore } from "./redis-ack-store.js";
export { connectRedisCallStore } from "./redis-call-store.js";
export type { RedisOptions } from "./redis-connection.js";
export { connectHandlerServices } from "./services/handler-services.js";
export type {
  HandlerServices,
  HandlerServicesOptions,
  HandlerServiceState,
} from "./services/handler-services.js";
export { checkServiceContract } from "./services/service-methods.js";
export { signatureHeaders } from "./services/signature.js";
export { StoreError } from "./store-error.js";
export { createToken } from "./token.js";
export type { TokenOptions } from "./token.js";
export { createTracing } from "./tracing.js";
export type { WrapperOptions } from "./wrapper/api.js";
export { createPublisher } from "./wrapper/client.js";
export type { PublisherOptions } from "./wrapper/client.js";
export { wireResult } from "./wrapper/routes.js";
export type { ApiServices } from "./wrapper/routes.js";
