import { createHmac } from "node:crypto";
import { inspect } from "node:util";
import { SECRET_FIELDS } from "./fields.js";

const SHOWN = "[secret]";

/**
 * Hides the secrets of an object in `JSON.stringify`, `console.log` and the like. The fields
 * themselves remain plain strings.
 */
export function guardSecrets<T extends object>(config: T): T {
  const shown = (): object => withoutSecrets(config);
  return Object.defineProperties(config, {
    toJSON: { value: shown },
    [inspect.custom]: { value: shown },
  });
}

function withoutSecrets(config: object): object {
  const entries = Object.entries(config).map(([field, value]) => {
    const hide = (SECRET_FIELDS as readonly string[]).includes(field) && value !== "";
    return [field, hide ? SHOWN : value];
  });
  return Object.fromEntries(entries);
}

/** The token secret, and the secrets that are derived from it by default. */
interface DerivedSecrets {
  centrifugoTokenHmacSecret?: string | undefined;
  proxySecret?: string | undefined;
  handlerServiceSecret?: string | undefined;
}

/** Adds the missing secrets that can be derived from the token secret. */
export function withDerivedSecrets<T extends DerivedSecrets>(values: T): T {
  const { centrifugoTokenHmacSecret: tokenHmacSecret } = values;
  if (tokenHmacSecret === undefined) return values;
  return {
    proxySecret: derive(tokenHmacSecret, "centrifugo-rpc proxy secret"),
    handlerServiceSecret: derive(tokenHmacSecret, "centrifugo-rpc handler service secret"),
    ...values,
  };
}

/** A derived secret does not reveal the token secret: its holder cannot sign tokens. */
function derive(tokenHmacSecret: string, purpose: string): string {
  return createHmac("sha256", tokenHmacSecret).update(purpose).digest("base64url");
}
