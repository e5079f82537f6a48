import { z } from "zod";
import type { TokenConfig } from "../config/config-schema.js";
import { DISCONNECTS, ERRORS } from "../protocol/codes.js";
import { rawAt, RawJson } from "../protocol/raw-json.js";
import type { BrokerLog } from "../broker-log.js";
import { TokenKeys } from "./token-keys.js";

/** A channel that a token opens, with what overrides the channel's configuration. */
export interface TokenSubscription {
  info: RawJson | undefined;
  data: RawJson | undefined;
  override: z.output<typeof override>;
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

const flagOverride = z
  .object({ value: z.boolean().default(false) })
  .nullish()
  .transform((value) => value?.value);

const override = z
  .object({
    presence: flagOverride,
    join_leave: flagOverride,
    force_push_join_leave: flagOverride,
    force_recovery: flagOverride,
    force_positioning: flagOverride,
  })
  .partial()
  .nullish()
  .transform((value) => value ?? {});

const text = z.string().nullish();
const seconds = z.number().nullish();
const subscription = { b64info: text, b64data: text, override };

const registered = {
  sub: text,
  exp: seconds,
  nbf: seconds,
  iat: seconds,
  iss: text,
  aud: z.union([z.string(), z.array(z.string())]).nullish(),
  expire_at: z.int().nullish(),
  channel: text,
};

const connectionClaims = z.looseObject({
  ...registered,
  b64info: text,
  channels: z.array(z.string()).nullish(),
  subs: z.record(z.string(), z.object(subscription)).nullish(),
});

const subscriptionClaims = z.looseObject({ ...registered, ...subscription, client: text });

/** Checks JWTs as Centrifugo does: https://centrifugal.dev/docs/server/authentication */
export class TokenVerifier {
  readonly #config: TokenConfig;
  readonly #keys: TokenKeys;

  constructor(config: TokenConfig, log: BrokerLog) {
    this.#config = config;
    this.#keys = new TokenKeys(config, log);
  }

  /** @throws CommandError 109 for an expired token, Disconnect 3500 for an invalid one. */
  async verifyConnection(token: string): Promise<ConnectionToken> {
    const json = await this.#keys.verify(token);
    const claims = this.#claims(connectionClaims, json);
    if (claims.channel) throw DISCONNECTS.invalidToken;
    checkTimes(claims);
    const channels =
      claims.subs ?? Object.fromEntries((claims.channels ?? []).map((ch) => [ch, {}]));
    const subscriptions = Object.entries(channels).map(
      ([channel, sub]): [string, TokenSubscription] => [
        channel,
        readSubscription(sub, json, ["subs", channel]),
      ],
    );
    return {
      user: claims.sub ?? "",
      expireAt: expiryOf(claims),
      info: embedded(claims.b64info, json, ["info"]),
      meta: embedded(undefined, json, ["meta"]),
      subscriptions: new Map(subscriptions),
    };
  }

  /** @throws CommandError 109 for an expired token, Disconnect 3500 for an invalid one. */
  async verifySubscription(token: string): Promise<SubscriptionToken> {
    const json = await this.#keys.verify(token);
    const claims = this.#claims(subscriptionClaims, json);
    checkTimes(claims);
    if (!claims.channel) throw DISCONNECTS.invalidToken;
    return {
      ...readSubscription(claims, json, []),
      user: claims.sub ?? "",
      channel: claims.channel,
      client: claims.client ?? "",
      expireAt: expiryOf(claims),
    };
  }

  #claims<Claims extends z.output<typeof connectionClaims> | z.output<typeof subscriptionClaims>>(
    schema: z.ZodType<Claims>,
    json: string,
  ): Claims {
    const { audience, issuer } = this.#config;
    const claims = parseClaims(schema, json);
    const isForOthers = audience !== "" && ![claims.aud].flat().includes(audience);
    if (isForOthers || (issuer !== "" && claims.iss !== issuer)) throw DISCONNECTS.invalidToken;
    return claims;
  }
}

function parseClaims<Claims>(schema: z.ZodType<Claims>, json: string): Claims {
  try {
    return schema.parse(JSON.parse(json));
  } catch {
    throw DISCONNECTS.invalidToken;
  }
}

function checkTimes({
  exp,
  nbf,
}: {
  exp?: number | null | undefined;
  nbf?: number | null | undefined;
}) {
  const now = Date.now() / 1000;
  const valid = (exp == null || exp > now) && (nbf == null || nbf < now);
  if (!valid) throw ERRORS.tokenExpired;
}

/** `expire_at` of 0 or less: never, whatever `exp` says. */
function expiryOf({
  expire_at,
  exp,
}: {
  expire_at?: number | null | undefined;
  exp?: number | null | undefined;
}): number {
  return Math.max(0, Math.floor(expire_at ?? exp ?? 0));
}

function readSubscription(
  claims: {
    b64info?: string | null | undefined;
    b64data?: string | null | undefined;
    override?: TokenSubscription["override"];
  },
  json: string,
  path: readonly string[],
): TokenSubscription {
  return {
    info: embedded(claims.b64info, json, [...path, "info"]),
    data: embedded(claims.b64data, json, [...path, "data"]),
    override: claims.override ?? {},
  };
}

/** A JSON value inside a token: base64 when given so, else as it stands at `path`. */
function embedded(
  base64: string | null | undefined,
  json: string,
  path: readonly string[],
): RawJson | undefined {
  if (!base64) return rawAt(json, path);
  const text = Buffer.from(base64, "base64").toString();
  // What is no JSON could not be sent to clients of the JSON protocol.
  parseClaims(z.unknown(), text);
  return new RawJson(text);
}
