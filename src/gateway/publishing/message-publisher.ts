import { ACK_TAGS, RPCError, uuidv7 } from "../../protocol/index.js";
import type {
  AckOptions,
  ChannelResult,
  Logger,
  MessageOptions,
  MessagePublisher,
  PublishResult,
} from "../../handlers/index.js";
import { anyClients, presentClients, type AckGoal } from "./ack-goal.js";
import { IDEMPOTENCY_MS } from "./ack-store.js";
import type { Acknowledgements, AckWait } from "./acknowledgements.js";
import { CentrifugoApiError } from "../centrifugo/api-error.js";
import { checkChannel, checkChannels, checkData, checkOptions } from "./message-checks.js";
import { ObservedPublication } from "./observed-publication.js";
import type { Observers } from "../observability/observers.js";
import { publishWithRetry, withRetry, type Publisher } from "../centrifugo/broker-publisher.js";

export interface GatewayPublisherOptions {
  publisher: Publisher;
  acknowledgements: Acknowledgements;
  /** How long to wait for acknowledgements, in seconds. */
  ackTimeout: number;
  observers: Observers;
  log: Logger;
}

/** How many publications of one broadcast run at a time. */
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
    const turn = atATime(PARALLEL);
    return await Promise.all(
      channels.map(async (channel) => ({
        channel,
        ...(await this.#track(this.#publish(channel, data, options, turn))),
      })),
    );
  }

  /** Waits for running publications, but after `drainMs` for no more acknowledgements. */
  async drain(drainMs: number): Promise<void> {
    const timer = setTimeout(() => this.#options.acknowledgements.stop(), drainMs);
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    clearTimeout(timer);
  }

  async #one(channel: string, data: unknown, options: AckOptions): Promise<PublishResult> {
    checkOptions(options);
    checkChannel(channel);
    checkData([channel], data);
    return await this.#track(this.#publish(channel, data, options, (work) => work()));
  }

  async #publish(
    channel: string,
    data: unknown,
    options: AckOptions,
    turn: Turn,
  ): Promise<PublishResult> {
    const { acks, idempotencyKey } = options;
    const publication = this.#observe(channel, data, options);
    try {
      if (acks !== undefined) {
        await this.#publishAndWait(publication, channel, data, { ...options, acks }, turn);
        return publication.end();
      }
      const messageId = uuidv7();
      publication.begin(messageId);
      await turn(() =>
        publishWithRetry(this.#options.publisher, channel, data, {
          idempotencyKey: idempotencyKey ?? messageId,
        }),
      );
      publication.published = true;
      return publication.end();
    } catch (error) {
      return publication.end(error);
    }
  }

  /** @throws why it was not published, or RPCError unavailable when the gateway stops. */
  async #publishAndWait(
    publication: ObservedPublication,
    channel: string,
    data: unknown,
    options: WantedAcks,
    turn: Turn,
  ): Promise<void> {
    const timeoutMs = (options.timeout ?? this.#options.ackTimeout) * 1000;
    let wait: AckWait | undefined;
    try {
      await turn(async () => {
        const messageId = await this.#identify(channel, options);
        publication.begin(messageId);
        wait = await this.#open(publication, { messageId, channel, timeoutMs, ...options });
        await publishWithRetry(this.#options.publisher, channel, data, {
          idempotencyKey: options.idempotencyKey ?? messageId,
          tags: { [ACK_TAGS.ack]: "1", [ACK_TAGS.messageId]: messageId },
        });
        publication.published = true;
      });
      if (await wait?.until(timeoutMs)) return;
      throw RPCError.of("unavailable", "the gateway stopped before enough had acknowledged");
    } finally {
      if (wait) void this.#track(wait.end());
    }
  }

  async #identify(channel: string, { idempotencyKey }: MessageOptions): Promise<string> {
    const id = uuidv7();
    if (idempotencyKey === undefined) return id;
    return await this.#options.acknowledgements.identify(channel, idempotencyKey, id);
  }

  /** Begins to wait, before the publication is on its way. */
  async #open(
    publication: ObservedPublication,
    message: WantedAcks & { messageId: string; channel: string; timeoutMs: number },
  ): Promise<AckWait> {
    const { messageId, channel, timeoutMs, acks, idempotencyKey } = message;
    const goal = acks === "all" ? await this.#present(channel) : anyClients(acks);
    publication.goal = goal;
    const knownMs = Math.max(timeoutMs + PUBLISHING_MS, idempotencyKey ? IDEMPOTENCY_MS : 0);
    return await this.#options.acknowledgements.open({ messageId, channel, goal, knownMs }, (ack) =>
      publication.acknowledged(ack),
    );
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

  /** @throws RPCError invalid_params when the channel has no presence. */
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

  /** Makes {@link drain} wait for it. */
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

type WantedAcks = AckOptions & { acks: number | "all" };

/** Runs work, perhaps later. */
type Turn = <T>(work: () => Promise<T>) => Promise<T>;

/** Runs up to `limit` pieces of work at a time, in their order. */
function atATime(limit: number): Turn {
  let free = limit;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
