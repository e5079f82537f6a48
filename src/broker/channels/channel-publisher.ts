import type { ChannelRule } from "./channel-rules.js";
import type { PublicationVersion, StreamStore } from "./stream-store.js";
import type { Hub } from "./hub.js";
import {
  publicationPush,
  type ClientInfo,
  type Publication,
  type StreamPosition,
} from "../protocol/server-messages.js";
import type { RawJson } from "../protocol/raw-json.js";

/** How long Centrifugo remembers an idempotency key. */
const IDEMPOTENCY_TTL_MS = 300_000;

export interface PublishRequest {
  data: RawJson;
  info?: ClientInfo | undefined;
  tags?: Record<string, string> | undefined;
  skipHistory?: boolean | undefined;
  /** A second publication with the same key within 5 minutes is dropped. */
  idempotencyKey?: string | undefined;
  version?: PublicationVersion | undefined;
}

/** Adds publications to the history and delivers them to the subscribers. */
export class ChannelPublisher {
  readonly #results = new Map<
    string,
    { position: StreamPosition | undefined; expiresAt: number }
  >();

  constructor(
    private readonly hub: Hub,
    private readonly history: StreamStore,
  ) {}

  /** Returns the publication's position, or `undefined` if the channel has no history. */
  publish(channel: string, rule: ChannelRule, request: PublishRequest): StreamPosition | undefined {
    const key = request.idempotencyKey && `${channel}_${request.idempotencyKey}`;
    const known = key && this.#results.get(key);
    if (known && known.expiresAt > Date.now()) return known.position;

    const { data, info, tags } = request;
    const version = request.version?.number ?? 0;
    const publication: Publication = { data, info, tags, version, offset: 0 };
    const position = this.#addToHistory(channel, rule, publication, request);
    // The history dropped an old version.
    if (position !== undefined && publication.offset === 0) return position;
    if (key) this.#results.set(key, { position, expiresAt: Date.now() + IDEMPOTENCY_TTL_MS });
    this.#deliver(channel, publication, position?.epoch ?? "");
    return position;
  }

  /** Frees expired keys. */
  sweep(): void {
    const now = Date.now();
    for (const [key, { expiresAt }] of this.#results) {
      if (expiresAt <= now) this.#results.delete(key);
    }
  }

  #addToHistory(
    channel: string,
    { options, hasHistory, historyMetaTtl }: ChannelRule,
    publication: Publication,
    request: PublishRequest,
  ) {
    if (request.skipHistory || !hasHistory) return undefined;
    return this.history.add(channel, publication, {
      size: options.history_size,
      ttl: options.history_ttl,
      metaTtl: historyMetaTtl,
      version: request.version,
    });
  }

  #deliver(channel: string, publication: Publication, epoch: string): void {
    const push = publicationPush(channel, publication, epoch);
    for (const connection of this.hub.subscribers(channel)) {
      connection.deliver(channel, { offset: publication.offset, epoch }, push);
    }
  }
}
