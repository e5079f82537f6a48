import type { TokenConfig } from "../config/config-schema.js";
import { DISCONNECTS, ERRORS } from "../protocol/codes.js";
import {
  flag,
  int64,
  list,
  map,
  optional,
  raw,
  decodeBase64,
  readJson,
  struct,
  text,
  type Field,
  type Value,
} from "../protocol/go-json.js";
import type { RawJson } from "../protocol/raw-json.js";
import type { BrokerLog } from "../broker-log.js";
import { TokenKeys } from "./token-keys.js";

/** The subscription that a token grants, with overrides of the channel's options. */
export interface TokenSubscription {
  info: RawJson | undefined;
  data: RawJson | undefined;
  override: Value<typeof overrides> | undefined;
}

export interface ConnectionToken {
  user: string;
  /** When the connection expires, in Unix seconds; 0 for never. */
  expireAt: number;
  info: RawJson | undefined;
  /** For the backend only. */
  meta: RawJson | undefined;
  subscriptions: ReadonlyMap<string, TokenSubscription>;
}

export interface SubscriptionToken extends TokenSubscription {
  user: string;
  channel: string;
  /** The only connection that may use it; empty for any. */
  client: string;
  expireAt: number;
}

const flagOverride = optional(struct({ value: flag }));

const overrides = struct({
  presence: flagOverride,
  join_leave: flagOverride,
  force_push_join_leave: flagOverride,
  force_recovery: flagOverride,
  force_positioning: flagOverride,
});

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?(e[-+]?\d+)?$/i;

/** Unix seconds as a number or a numeric string. Values that overflow in Go are in the past. */
const numericDate: Field<number> = {
  zero: 0,
  read: (input) => {
    const value = input.take();
    const digits = value.startsWith('"') ? String(JSON.parse(value)) : value;
    const seconds = Number(digits);
    if (!NUMBER.test(digits) || !Number.isFinite(seconds)) throw new TypeError(value);
    return Math.abs(seconds) < 2 ** 63 ? seconds : -(2 ** 63);
  },
};

const audience: Field<readonly string[]> = {
  zero: [],
  read: (input) => {
    const names: unknown = JSON.parse(input.take());
    const all: unknown[] = Array.isArray(names) ? names : [names];
    if (!all.every((name) => typeof name === "string")) throw new TypeError("not a string");
    return all;
  },
};

const registered = {
  jti: text,
  aud: audience,
  iss: text,
  sub: text,
  exp: optional(numericDate),
  iat: optional(numericDate),
  nbf: optional(numericDate),
  expire_at: optional(int64),
  channel: text,
};

const subscription = {
  info: raw,
  b64info: text,
  data: raw,
  b64data: text,
  override: optional(overrides),
};

const subscriptionFields = struct(subscription);
type SubscriptionClaims = Value<typeof subscriptionFields>;
const NOTHING = subscriptionFields.zero;

const connectionClaims = struct({
  ...registered,
  info: raw,
  b64info: text,
  meta: raw,
  channels: list(text),
  subs: map(subscriptionFields),
});

const subscriptionClaims = struct({ ...registered, ...subscription, client: text });

type Registered = Pick<Value<typeof connectionClaims>, "aud" | "iss" | "exp" | "nbf" | "expire_at">;

/** Checks JWTs as Centrifugo does: https://centrifugal.dev/docs/server/authentication */
export class TokenVerifier {
  readonly #config: TokenConfig;
  readonly #isKnown: (channel: string) => boolean;
  readonly #keys: TokenKeys;

  /** @param isKnown Whether a channel's namespace is configured. */
  constructor(config: TokenConfig, isKnown: (channel: string) => boolean, log: BrokerLog) {
    this.#config = config;
    this.#isKnown = isKnown;
    this.#keys = new TokenKeys(config, log);
  }

  /**
   * @throws Disconnect 3500 for an invalid token, CommandError 109 for an expired one, 102 for one
   *   with an unknown channel.
   */
  async verifyConnection(token: string): Promise<ConnectionToken> {
    const claims = await this.#claims(connectionClaims, token);
    if (claims.channel !== "") throw DISCONNECTS.invalidToken;
    checkTimes(claims);
    const nothing = claims.channels.map((channel) => [channel, NOTHING] as const);
    const subscriptions = claims.subs.size > 0 ? [...claims.subs] : nothing;
    const granted = subscriptions.map(([channel, sub]) => {
      return [channel, this.#subscription(channel, sub)] as const;
    });
    return {
      user: claims.sub,
      expireAt: expiryOf(claims),
      info: jsonOf(claims.info, claims.b64info, ERRORS.internal),
      meta: claims.meta,
      subscriptions: new Map(granted),
    };
  }

  /** @throws As `verifyConnection`. */
  async verifySubscription(token: string): Promise<SubscriptionToken> {
    const claims = await this.#claims(subscriptionClaims, token);
    checkTimes(claims);
    if (claims.channel === "") throw DISCONNECTS.invalidToken;
    const { sub, channel, client } = claims;
    const granted = this.#subscription(channel, claims);
    return { ...granted, user: sub, channel, client, expireAt: expiryOf(claims) };
  }

  #subscription(
    channel: string,
    { info, b64info, data, b64data, override }: SubscriptionClaims,
  ): TokenSubscription {
    if (!this.#isKnown(channel)) throw ERRORS.unknownChannel;
    return {
      info: jsonOf(info, b64info, DISCONNECTS.invalidToken),
      data: jsonOf(data, b64data, DISCONNECTS.invalidToken),
      override,
    };
  }

  async #claims<Claims extends Registered>(field: Field<Claims>, token: string): Promise<Claims> {
    const json = await this.#keys.verify(token);
    const { audience: expected, issuer } = this.#config;
    const claims = readClaims(field, json);
    const isForOthers = expected !== "" && !claims.aud.includes(expected);
    if (isForOthers || (issuer !== "" && claims.iss !== issuer)) throw DISCONNECTS.invalidToken;
    return claims;
  }
}

function readClaims<Claims>(field: Field<Claims>, json: string): Claims {
  try {
    return readJson(field, json);
  } catch {
    throw DISCONNECTS.invalidToken;
  }
}

function checkTimes({ exp, nbf }: Registered): void {
  const now = Date.now() / 1000;
  const valid = (exp === undefined || exp > now) && (nbf === undefined || nbf < now);
  if (!valid) throw ERRORS.tokenExpired;
}

/** If `expire_at` is 0 or less, the token never expires, whatever `exp` is. */
function expiryOf({ expire_at, exp }: Registered): number {
  return Math.max(0, Math.floor(expire_at ?? exp ?? 0));
}

/**
 * A JSON value in a token, which may be in base64.
 *
 * @throws `refusal` for invalid base64, Disconnect 3506 for invalid JSON, which could not be sent to
 *   clients of the JSON protocol.
 */
function jsonOf(value: RawJson | undefined, base64: string, refusal: Error): RawJson | undefined {
  if (base64 === "") return value;
  const json = decodeBase64(base64);
  if (json === undefined) throw refusal;
  try {
    return readJson(raw, json);
  } catch {
    throw DISCONNECTS.inappropriateProtocol;
  }
}
