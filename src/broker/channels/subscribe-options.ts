import type { ChannelRule } from "./channel-rules.js";
import type { RawJson } from "../protocol/raw-json.js";
import type { TokenSubscription } from "../tokens/token-verifier.js";

/** What a subscription is allowed and does. */
export interface SubscribeOptions {
  positioned: boolean;
  recoverable: boolean;
  /** Whether the client is in the channel's presence. */
  presence: boolean;
  /** Whether others are told when the client joins and leaves. */
  joinLeave: boolean;
  /** Whether the client is told when others join and leave. */
  pushJoinLeave: boolean;
  info: RawJson | undefined;
  data: RawJson | undefined;
  /** In Unix seconds; 0 for never. */
  expireAt: number;
  /** Subscribed by the server: the connection's token, its user's personal channel, the API. */
  serverSide: boolean;
  /** Named in the connection's token, so that a refreshed token without it ends the connection. */
  fromConnectionToken: boolean;
}

/** What a subscription gets from its channel's configuration and from the token that opens it. */
export function optionsOf(
  { options }: ChannelRule,
  token?: TokenSubscription & { expireAt?: number },
): SubscribeOptions {
  const override = token?.override ?? {};
  return {
    positioned: override.force_positioning ?? options.force_positioning,
    recoverable: override.force_recovery ?? options.force_recovery,
    presence: override.presence ?? options.presence,
    joinLeave: override.join_leave ?? options.join_leave,
    pushJoinLeave: override.force_push_join_leave ?? options.force_push_join_leave,
    info: token?.info,
    data: token?.data,
    expireAt: token?.expireAt ?? 0,
    serverSide: false,
    fromConnectionToken: false,
  };
}
