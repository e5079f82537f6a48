import type { ApiServices, WrapperOptions } from "../gateway/index.js";
import type { CentrifugoConfig } from "../config/index.js";

/** The wrapper API of `dev` and `serve`, as the configuration has it. */
export function wrapperOptions(
  config: CentrifugoConfig,
  services: Omit<ApiServices, "tokenHmacSecret" | "metricsPublic">,
): WrapperOptions {
  return {
    ...services,
    apiKey: config.wrapperApiKey,
    previousApiKey: config.wrapperApiKeyPrevious,
    tokenHmacSecret: config.centrifugoTokenHmacSecret,
    metricsPublic: config.metricsPublic,
  };
}
