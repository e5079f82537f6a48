import type { ChannelRule } from "./channel-rules.js";
import type { StreamStore } from "./stream-store.js";
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
  /** A second publication with the same key within 5 minutes is left out. */
  idempotencyKey?: string | undefined;
}

/** Puts publications into the history and hands them to the subscribers. */
export class ChannelPublisher {
  readonly #results = new Map<
    string,
    { position: StreamPosition | undefined; expiresAt: number }
  >();

  constructor(
    private readonly hub: Hub,
    private readonly history: StreamStore,
  ) {}

  /** Returns the publication's position, or `undefined` when the channel has no history. */
  publish(channel: string, rule: ChannelRule, request: PublishRequest): StreamPosition | undefined {
    const key = request.idempotencyKey && `${channel}_${request.idempotencyKey}`;
    const known = key && this.#results.get(key);
    if (known && known.expiresAt > Date.now()) return known.position;

    const { data, info, tags } = request;
    const publication: Publication = { data, info, tags, offset: 0 };
    const position = this.#addToHistory(channel, rule, publication, request);
    if (key) this.#results.set(key, { position, expiresAt: Date.now() + IDEMPOTENCY_TTL_MS });
    this.#deliver(channel, publication, position?.epoch ?? "");
    return position;
  }

  /** Frees what has expired. */
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
    });
  }

  #deliver(channel: string, publication: Publication, epoch: string): void {
    const push = publicationPush(channel, publication, epoch);
    for (const connection of this.hub.subscribers(channel)) {
      connection.deliver(channel, { offset: publication.offset, epoch }, push);
    }
  }
}
