export {
  CONFIG_VARIABLES,
  DEFAULTS as CONFIG_DEFAULTS,
  fieldSchemas,
  parseValue,
  SECRET_FIELDS,
  serviceUrl,
  url,
  wholeNumber,
} from "./fields.js";
export type { ConfigField } from "./fields.js";
export { ConfigError, defineConfig, loadConfig } from "./config.js";
export type { CentrifugoConfig, ConfigInput } from "./config.js";
export { loadProjectConfig, loadProjectSettings, readEnvironmentFile } from "./project-config.js";
export type { ProjectConfigOptions } from "./project-config.js";
