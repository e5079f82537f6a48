import type { ChannelOptions, ResolvedConfig } from "../config/config-schema.js";
import type { RawJson } from "../protocol/raw-json.js";

/** The configuration of one channel. */
export interface ChannelRule {
  options: ChannelOptions;
  /** Whether only the users after `#` in its name may subscribe. */
  userLimited: boolean;
  /** Whether subscribing needs a subscription token. */
  private: boolean;
  /** Whether clients may use the name: by `channel_regex`, or only ASCII characters. */
  validName: boolean;
  hasHistory: boolean;
  /** How long the stream's position is kept, in milliseconds. */
  historyMetaTtl: number;
}

/** Reads channel names: https://centrifugal.dev/docs/server/channels */
export class ChannelRules {
  readonly #config: ResolvedConfig["channel"];
  readonly #namespaces: ReadonlyMap<string, ChannelOptions>;

  constructor(config: ResolvedConfig["channel"]) {
    this.#config = config;
    this.#namespaces = new Map(config.namespaces.map((namespace) => [namespace.name, namespace]));
  }

  /** `undefined` if the channel's namespace is not configured. */
  find(channel: string): ChannelRule | undefined {
    const { private_prefix, namespace_boundary, user_boundary, without_namespace } = this.#config;
    const isPrivate = channel.startsWith(private_prefix);
    const name = isPrivate ? channel.slice(private_prefix.length) : channel;
    const end = name.indexOf(namespace_boundary);
    const options = end > 0 ? this.#namespaces.get(name.slice(0, end)) : without_namespace;
    if (options === undefined) return undefined;
    const rest = end > 0 ? name.slice(end + namespace_boundary.length) : name;
    return {
      options,
      private: isPrivate,
      userLimited: options.allow_user_limited_channels && channel.includes(user_boundary),
      validName: options.channel_regex?.test(rest) ?? isAscii(channel),
      hasHistory: options.history_size > 0 && options.history_ttl > 0,
      historyMetaTtl: options.history_meta_ttl || this.#config.history_meta_ttl,
    };
  }

  /** Whether the channel is limited to users and lists this one: `dialog#1,2` lists 1 and 2. */
  namesUser(channel: string, user: string): boolean {
    const { user_boundary: boundary, user_separator: separator } = this.#config;
    const users = channel.slice(channel.lastIndexOf(boundary) + boundary.length);
    return users.split(separator).includes(user);
  }

  /** Whether `data` may be published into channels with these options. */
  acceptsData(options: ChannelOptions, data: RawJson | undefined): data is RawJson {
    const format = options.publication_data_format || this.#config.publication_data_format;
    if (data === undefined) return false;
    return format !== "json_object" || data.text.trimStart().startsWith("{");
  }

  /** Clients may not use longer names; 0 for any length. */
  get maxLength(): number {
    return this.#config.max_length;
  }
}

function isAscii(channel: string): boolean {
  // eslint-disable-next-line no-control-regex -- ASCII includes the control characters
  return /^[\x00-\x7f]*$/.test(channel);
}
