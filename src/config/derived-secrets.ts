import { createHmac } from "node:crypto";
import type { ConfigInput } from "./config.js";

/** A configuration with the secrets that follow from the token secret where they are not set. */
export function withDerivedSecrets(values: ConfigInput): ConfigInput {
  const { centrifugoTokenHmacSecret: tokenHmacSecret } = values;
  if (tokenHmacSecret === undefined) return values;
  return {
    proxySecret: derive(tokenHmacSecret, "centrifugo-rpc proxy secret"),
    handlerServiceSecret: derive(tokenHmacSecret, "centrifugo-rpc handler service secret"),
    ...values,
  };
}

/** One that does not tell the other: who has it cannot sign tokens. */
function derive(tokenHmacSecret: string, purpose: string): string {
  return createHmac("sha256", tokenHmacSecret).update(purpose).digest("base64url");
}
