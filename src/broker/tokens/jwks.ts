import { KeyObject } from "node:crypto";
import { createRemoteJWKSet, customFetch, errors } from "jose";
import type { BrokerLog } from "../broker-log.js";
import type { Jwt } from "./jwt.js";

const FETCH_TIMEOUT_MS = 1000;
const FETCH_ATTEMPTS = 2;
const CACHE_MS = 60 * 60 * 1000;

/**
 * The keys that an endpoint publishes, by the `kid` of the token. Like Centrifugo, fetches them
 * again after an hour and for an unknown `kid`, and accepts only keys whose `use` is `sig`.
 *
 * Source: https://centrifugal.dev/docs/server/authentication#json-web-key-support
 */
export function publishedKeys(
  endpoint: string,
  log: BrokerLog,
): (token: Jwt) => Promise<KeyObject> {
  const keys = createRemoteJWKSet(new URL(endpoint), {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cacheMaxAge: CACHE_MS,
    // A new key must work at once: after an invalid token, clients do not reconnect.
    cooldownDuration: 0,
    [customFetch]: async (url, options) => {
      try {
        return await fetchSigningKeys(url, { ...options, redirect: "follow" });
      } catch (error) {
        log.warn({ err: error, endpoint }, "cannot get the keys that verify tokens");
        throw error;
      }
    },
  });
  return async ({ algorithm, keyId }) => {
    if (keyId === "") throw new errors.JWKSNoMatchingKey();
    return KeyObject.from(await keys({ alg: algorithm, kid: keyId }));
  };
}

async function fetchSigningKeys(url: string, options: RequestInit): Promise<Response> {
  const { keys } = (await fetchJson(url, options)) as { keys: { use?: unknown }[] };
  return Response.json({ keys: keys.filter(({ use }) => use === "sig") });
}

async function fetchJson(url: string, options: RequestInit): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(url, options);
      if (response.ok) return await response.json();
      throw new Error(`${url} returned status ${response.status}`);
    } catch (error) {
      if (attempt === FETCH_ATTEMPTS) throw error;
    }
  }
}
