import { CodedError } from "../protocol/index.js";
import type { WireError } from "../protocol/index.js";

/** The outcome of a publication. */
export interface PublishResult {
  /** Identifies the publication in the logs and in acknowledgements. */
  readonly messageId: string;
  /** Whether Centrifugo has confirmed the publication. */
  readonly published: boolean;
  /** Whether at least one client has acknowledged it; `false` if no acknowledgement was requested. */
  readonly delivered: boolean;
  readonly acksReceived: number;
  /** The number of requested acknowledgements; 0 if none. */
  readonly acksExpected: number;
  /**
   * `success`: published, with all requested acknowledgements; `partial`: with only some of them in
   * time; `timeout`: with none in time; `failed`: not published.
   */
  readonly status: "success" | "partial" | "timeout" | "failed";
  /** Why it failed, or why waiting ended early; the codes are in docs/errors.md. */
  readonly error?: WireError;
}

/** The outcome of a broadcast in one channel. */
export interface ChannelResult extends PublishResult {
  readonly channel: string;
}

/** Options of one publication. */
export interface MessageOptions {
  /**
   * A key chosen by the caller. Only the first publication with this key within five minutes reaches
   * the channel, so a publication whose result was lost can be repeated.
   */
  idempotencyKey?: string;
}

/** Options of one publication that waits for acknowledgements. */
export interface AckOptions extends MessageOptions {
  /**
   * The number of clients that must acknowledge it, or `"all"` for all that are subscribed when it
   * is published. Default 1.
   */
  acks?: number | "all";
  /** How long to wait after publishing, in seconds, at most 300. Default: `ack_timeout`, 30. */
  timeout?: number;
}

/**
 * Publishes to channels. Failures are reported in the result; a method rejects only for invalid
 * arguments, with a TypeError.
 */
export interface MessagePublisher {
  publish(channel: string, data: unknown, options?: MessageOptions): Promise<PublishResult>;
  /** Publishes, and waits for acknowledgements until the timeout. */
  publishWithAck(channel: string, data: unknown, options?: AckOptions): Promise<PublishResult>;
  /**
   * Publishes the same data to up to 1000 channels. If `acks` is given, it waits for acknowledgements
   * in each channel. The results are in the order of the channels.
   */
  broadcast(
    channels: readonly string[],
    data: unknown,
    options?: AckOptions,
  ): Promise<ChannelResult[]>;
}

// On `globalThis`, like the registry: all copies of this module share one publisher.
const CURRENT = Symbol.for("centrifugo-rpc.publisher");
const holder = globalThis as { [CURRENT]?: MessagePublisher };

/**
 * The publisher of the gateway in this process: the one of `centrifugo-rpc dev` and `serve`, or the
 * one passed to {@link bindPublisher}. For handlers and other code in the process.
 *
 * It rejects with a CodedError `CRPC_PUBLISHER_UNBOUND` while there is no gateway.
 *
 * @example
 * ```ts
 * await publisher.publish("events:tasks", { completed: 7 });
 * const { status } = await publisher.publishWithAck("user#42", { text: "hi" }, { timeout: 5 });
 * ```
 */
export const publisher: MessagePublisher = {
  publish: async (...message) => await boundPublisher().publish(...message),
  publishWithAck: async (...message) => await boundPublisher().publishWithAck(...message),
  broadcast: async (...message) => await boundPublisher().broadcast(...message),
};

/**
 * Makes {@link publisher} publish through `target`: the publisher of a gateway that you start, or a
 * fake in tests. Returns a function that undoes it.
 */
export function bindPublisher(target: MessagePublisher): () => void {
  const before = holder[CURRENT];
  holder[CURRENT] = target;
  return () => {
    if (holder[CURRENT] !== target) return;
    if (before) holder[CURRENT] = before;
    else delete holder[CURRENT];
  };
}

function boundPublisher(): MessagePublisher {
  const target = holder[CURRENT];
  if (target) return target;
  throw new CodedError(
    "CRPC_PUBLISHER_UNBOUND",
    "no gateway is running in this process yet: call bindPublisher(…) in tests and in your own " +
      "server; elsewhere use createPublisher({ wrapperUrl, apiKey })",
  );
}
