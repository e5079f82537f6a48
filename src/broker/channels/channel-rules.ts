import type { ChannelOptions, ResolvedConfig } from "../config/config-schema.js";

/** What the configuration says of one channel. */
export interface ChannelRule {
  options: ChannelOptions;
  /** Whether `#` in its name limits it to the users named after it. */
  userLimited: boolean;
  /** Whether only a subscription token opens it. */
  private: boolean;
  /** Whether the name has only characters that clients may use. */
  validName: boolean;
  /** Whether publications are kept. */
  hasHistory: boolean;
  /** How long the stream's position is kept, in milliseconds. */
  historyMetaTtl: number;
}

/** Reads channel names: https://centrifugal.dev/docs/server/channels */
export class ChannelRules {
  readonly #config: ResolvedConfig["channel"];
  readonly #namespaces: ReadonlyMap<string, ChannelOptions>;
  readonly #patterns = new Map<string, RegExp>();

  constructor(config: ResolvedConfig["channel"]) {
    this.#config = config;
    this.#namespaces = new Map(config.namespaces.map((namespace) => [namespace.name, namespace]));
  }

  /** `undefined` when the channel's namespace is not configured. */
  find(channel: string): ChannelRule | undefined {
    const { private_prefix: prefix, user_boundary: boundary, without_namespace } = this.#config;
    const isPrivate = prefix !== "" && channel.startsWith(prefix);
    const { namespace, rest } = this.#split(channel);
    const options = namespace === "" ? without_namespace : this.#namespaces.get(namespace);
    if (options === undefined) return undefined;
    return {
      options,
      private: isPrivate,
      userLimited:
        options.allow_user_limited_channels && boundary !== "" && channel.includes(boundary),
      validName: this.#isValidName(channel, rest, options.channel_regex),
      hasHistory: options.history_size > 0 && options.history_ttl > 0,
      historyMetaTtl: options.history_meta_ttl || this.#config.history_meta_ttl,
    };
  }

  /** Whether the channel's name names the user: `dialog#1,2` does so for the users 1 and 2. */
  namesUser(channel: string, user: string): boolean {
    const { user_boundary: boundary, user_separator: separator } = this.#config;
    const users = channel.slice(channel.lastIndexOf(boundary) + boundary.length);
    return separator === "" ? users === user : users.split(separator).includes(user);
  }

  /** Whether `data`, the text of a JSON value, may be published into channels with these options. */
  acceptsData(options: ChannelOptions, data: string): boolean {
    const format = options.publication_data_format || this.#config.publication_data_format;
    if (format === "binary") return true;
    if (data === "") return false;
    if (format === "json") return isJson(data);
    if (format === "json_object") return isJson(data) && data.trimStart().startsWith("{");
    return true;
  }

  /** Longer names are refused to clients. */
  get maxLength(): number {
    return this.#config.max_length;
  }

  personalChannel(user: string, namespace: string): string {
    const { namespace_boundary: boundary, user_boundary } = this.#config;
    return `${namespace === "" ? "" : `${namespace}${boundary}`}${user_boundary}${user}`;
  }

  #split(channel: string): { namespace: string; rest: string } {
    const { private_prefix: prefix, namespace_boundary: boundary } = this.#config;
    const name = channel.startsWith(prefix) ? channel.slice(prefix.length) : channel;
    const at = boundary === "" ? -1 : name.indexOf(boundary);
    if (at === -1) return { namespace: "", rest: channel };
    return { namespace: name.slice(0, at), rest: name.slice(at + boundary.length) };
  }

  #isValidName(channel: string, rest: string, pattern: string): boolean {
    // eslint-disable-next-line no-control-regex -- ASCII includes the control characters
    if (pattern === "") return /^[\x00-\x7f]*$/.test(channel);
    const known = this.#patterns.get(pattern) ?? new RegExp(pattern);
    this.#patterns.set(pattern, known);
    return known.test(rest);
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
