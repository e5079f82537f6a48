import { ChannelRules } from "./channels/channel-rules.js";
import type { ResolvedConfig } from "./config/config-schema.js";
import { StreamStore } from "./channels/stream-store.js";
import { Hub } from "./channels/hub.js";
import type { BrokerLog } from "./broker-log.js";
import type { BackendProxy } from "./backend-proxy.js";
import { ChannelPublisher } from "./channels/channel-publisher.js";
import { TokenVerifier } from "./tokens/token-verifier.js";

/** The version of Centrifugo that the broker follows. The suffix marks the embedded broker. */
export const VERSION = "6.9.6 embedded";

/** State that all connections and the HTTP API share. */
export class BrokerCore {
  readonly rules: ChannelRules;
  readonly hub = new Hub();
  readonly history = new StreamStore();
  readonly publisher = new ChannelPublisher(this.hub, this.history);
  readonly connectionTokens: TokenVerifier;
  readonly subscriptionTokens: TokenVerifier;

  constructor(
    readonly config: ResolvedConfig,
    readonly backend: BackendProxy,
    readonly log: BrokerLog,
  ) {
    const { token, subscription_token } = config.client;
    this.rules = new ChannelRules(config.channel);
    const isKnown = (channel: string) => this.rules.find(channel) !== undefined;
    this.connectionTokens = new TokenVerifier(token, isKnown, log);
    this.subscriptionTokens = subscription_token.enabled
      ? new TokenVerifier(subscription_token, isKnown, log)
      : this.connectionTokens;
  }

  /** Frees expired streams and keys. */
  sweep(): void {
    this.history.sweep();
    this.publisher.sweep();
  }
}
