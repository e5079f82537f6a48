export { startBroker } from "./broker.js";
export type { Broker, BrokerOptions, PublishOptions } from "./broker.js";
export { CommandError } from "./codes.js";
export { BrokerConfigError } from "./config.js";
export type { BrokerConfig } from "./config-schema.js";
export type { BrokerLog } from "./log.js";
