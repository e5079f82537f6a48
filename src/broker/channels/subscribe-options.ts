import type { ChannelRule } from "./channel-rules.js";
import type { RawJson } from "../protocol/raw-json.js";
import type { TokenSubscription } from "../tokens/token-verifier.js";

/** The options of one subscription. */
export interface SubscribeOptions {
  positioned: boolean;
  recoverable: boolean;
  /** Whether the client is in the channel's presence. */
  presence: boolean;
  /** Whether others are notified when the client joins and leaves. */
  joinLeave: boolean;
  /** Whether the client is notified when others join and leave. */
  pushJoinLeave: boolean;
  info: RawJson | undefined;
  data: RawJson | undefined;
  /** In Unix seconds; 0 for never. */
  expireAt: number;
  /** Subscribed by the server, not by a subscribe command. */
  serverSide: boolean;
  /** Named in the connection's token, so that a refreshed token without it ends the connection. */
  fromConnectionToken: boolean;
}

/** The options from the channel's configuration and from the token for the subscription. */
export function optionsOf(
  { options }: ChannelRule,
  token?: TokenSubscription & { expireAt?: number },
): SubscribeOptions {
  const override = token?.override;
  return {
    positioned: override?.force_positioning?.value ?? options.force_positioning,
    recoverable: override?.force_recovery?.value ?? options.force_recovery,
    presence: override?.presence?.value ?? options.presence,
    joinLeave: override?.join_leave?.value ?? options.join_leave,
    pushJoinLeave: override?.force_push_join_leave?.value ?? options.force_push_join_leave,
    info: token?.info,
    data: token?.data,
    expireAt: token?.expireAt ?? 0,
    serverSide: false,
    fromConnectionToken: false,
  };
}
