import type { ChannelRule } from "./channel-rules.js";
import type { SubscribeOptions } from "../session/subscription-set.js";
import type { TokenSubscription } from "../tokens/token-verifier.js";

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
