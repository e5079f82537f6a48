export { startBroker } from "./broker.js";
export type { Broker, BrokerOptions, PublishOptions } from "./broker.js";
export { CommandError } from "./protocol/codes.js";
export { BrokerConfigError } from "./config/resolve-config.js";
export type { BrokerConfig } from "./config/config-schema.js";
export type { BrokerLog } from "./broker-log.js";
