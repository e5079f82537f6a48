import { inspect } from "node:util";
import { SECRET_FIELDS } from "./fields.js";

const SHOWN = "[secret]";

/**
 * Has `JSON.stringify`, `console.log` and all that work like them show the object without its
 * secrets. The secrets stay plain texts for who reads the fields.
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
