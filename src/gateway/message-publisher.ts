import { ACK_TAGS, RPCError, uuidv7 } from "../protocol/index.js";
import type {
  AckOptions,
  ChannelResult,
  Logger,
  MessageOptions,
  MessagePublisher,
  PublishResult,
} from "../server/index.js";
import { anyClients, presentClients, type AckGoal } from "./ack-goal.js";
import { IDEMPOTENCY_MS } from "./ack-store.js";
import type { Acknowledgements } from "./acknowledgements.js";
import { CentrifugoApiError } from "./centrifugo-api-error.js";
import { checkChannel, checkChannels, checkData, checkOptions } from "./message-checks.js";
import { ObservedPublication } from "./observed-publication.js";
import type { Observers } from "./observers.js";
import { publishWithRetry, withRetry, type Publisher } from "./publisher.js";

/** What {@link GatewayPublisher} works with. */
export interface GatewayPublisherOptions {
  publisher: Publisher;
  acknowledgements: Acknowledgements;
  /** How long to wait for acknowledgements, in seconds. */
  ackTimeout: number;
  observers: Observers;
  log: Logger;
}

/** How many publications of one broadcast are under way at a time. */
const PARALLEL = 16;

/** How long publishing may take before the wait begins: the attempts of {@link publishWithRetry}. */
const PUBLISHING_MS = 10_000;

/** Publishes for applications, and waits for acknowledgements. */
export class GatewayPublisher implements MessagePublisher {
  readonly #options: GatewayPublisherOptions;
  readonly #running = new Set<Promise<unknown>>();

  constructor(options: GatewayPublisherOptions) {
    this.#options = options;
  }

  async publish(
    channel: string,
    data: unknown,
    { idempotencyKey }: MessageOptions = {},
  ): Promise<PublishResult> {
    return await this.#one(channel, data, idempotencyKey === undefined ? {} : { idempotencyKey });
  }

  async publishWithAck(
    channel: string,
    data: unknown,
    options: AckOptions = {},
  ): Promise<PublishResult> {
    return await this.#one(channel, data, { ...options, acks: options.acks ?? 1 });
  }

  async broadcast(
    channels: readonly string[],
    data: unknown,
    options: AckOptions = {},
  ): Promise<ChannelResult[]> {
    checkOptions(options);
    checkChannels(channels);
    checkData(channels, data);
    const { publisher } = this.#options;
    if (options.acks === undefined && canBroadcast(publisher)) {
      return await this.#track(this.#broadcast(publisher, channels, data, options));
    }
    return await inParallel(channels, async (channel) => ({
      channel,
      ...(await this.#one(channel, data, options)),
    }));
  }

  /**
   * Waits for the publications under way. After `drainMs` it waits for no more acknowledgements, nor
   * for those of later publications.
   */
  async drain(drainMs: number): Promise<void> {
    const timer = setTimeout(() => this.#options.acknowledgements.stop(), drainMs);
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    clearTimeout(timer);
  }

  async #one(channel: string, data: unknown, options: AckOptions): Promise<PublishResult> {
    checkOptions(options);
    checkChannel(channel);
    checkData([channel], data);
    return await this.#track(this.#publish(channel, data, options));
  }

  async #publish(channel: string, data: unknown, options: AckOptions): Promise<PublishResult> {
    const { acks, idempotencyKey } = options;
    const publication = this.#observe(channel, data, options);
    try {
      if (acks === undefined) {
        const messageId = uuidv7();
        publication.begin(messageId);
        await publishWithRetry(this.#options.publisher, channel, data, {
          idempotencyKey: idempotencyKey ?? messageId,
        });
        publication.published = true;
      } else await this.#publishAndWait(publication, channel, data, { ...options, acks });
      return publication.end();
    } catch (error) {
      return publication.end(error);
    }
  }

  /** @throws what kept it from being published, or RPCError unavailable when the gateway stops. */
  async #publishAndWait(
    publication: ObservedPublication,
    channel: string,
    data: unknown,
    options: AckOptions & { acks: number | "all" },
  ): Promise<void> {
    const { acknowledgements, ackTimeout, publisher } = this.#options;
    const { acks, timeout = ackTimeout, idempotencyKey } = options;
    const timeoutMs = timeout * 1000;
    const newId = uuidv7();
    const messageId =
      idempotencyKey === undefined
        ? newId
        : await acknowledgements.identify(channel, idempotencyKey, newId);
    publication.begin(messageId);
    const goal = acks === "all" ? await this.#present(channel) : anyClients(acks);
    publication.goal = goal;
    const knownMs = Math.max(timeoutMs + PUBLISHING_MS, idempotencyKey ? IDEMPOTENCY_MS : 0);
    const wait = await acknowledgements.open({ messageId, channel, goal, knownMs }, (ack) =>
      publication.acknowledged(ack),
    );
    try {
      await publishWithRetry(publisher, channel, data, {
        idempotencyKey: idempotencyKey ?? messageId,
        tags: { [ACK_TAGS.ack]: "1", [ACK_TAGS.messageId]: messageId },
      });
      publication.published = true;
      if (await wait.until(timeoutMs)) return;
      throw RPCError.of("unavailable", "the gateway stopped before enough had acknowledged");
    } finally {
      void this.#track(wait.end());
    }
  }

  /** Publishes with one request. */
  async #broadcast(
    publisher: BroadcastingPublisher,
    channels: readonly string[],
    data: unknown,
    { idempotencyKey = uuidv7() }: MessageOptions,
  ): Promise<ChannelResult[]> {
    const publications = channels.map((channel) => {
      const publication = this.#observe(channel, data, {});
      publication.begin(uuidv7());
      return publication;
    });
    const outcomes = await withRetry(() =>
      publisher.broadcast(channels, data, { idempotencyKey }),
    ).catch((error: unknown) => channels.map(() => ({ error })));
    return publications.map((publication, index) => {
      const error = outcomes[index]?.error;
      publication.published = error === undefined;
      return { channel: channels[index] ?? "", ...publication.end(error) };
    });
  }

  /** @throws RPCError invalid_params when the channel does not have it. */
  async #present(channel: string): Promise<AckGoal> {
    const { publisher } = this.#options;
    if (!publisher.presence) {
      throw RPCError.of("invalid_params", '"all": this gateway cannot ask who is present');
    }
    try {
      return presentClients(await publisher.presence(channel));
    } catch (error) {
      if (!(error instanceof CentrifugoApiError) || error.code !== NOT_AVAILABLE) throw error;
      const text =
        `"all" needs to know who is present: set "presence" for the namespace of channel ` +
        `"${channel}" in Centrifugo's configuration, or give a number`;
      throw RPCError.of("invalid_params", text, undefined, { cause: error });
    }
  }

  #observe(channel: string, data: unknown, { acks }: AckOptions): ObservedPublication {
    const { observers, log } = this.#options;
    return new ObservedPublication({ channel, data, acks }, observers, log);
  }

  /** Has {@link drain} wait for it. */
  async #track<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work);
    try {
      return await work;
    } finally {
      this.#running.delete(work);
    }
  }
}

type BroadcastingPublisher = Publisher & Required<Pick<Publisher, "broadcast">>;

function canBroadcast(publisher: Publisher): publisher is BroadcastingPublisher {
  return publisher.broadcast !== undefined;
}

/** Centrifugo's error for a feature that is off. */
const NOT_AVAILABLE = 108;

/** Runs `work` for all items, some at a time, and gives the results in their order. */
async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const next = items.entries();
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      for (const [index, item] of next) results[index] = await work(item);
    }),
  );
  return results;
}
