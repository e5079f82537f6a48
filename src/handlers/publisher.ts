import { CodedError } from "../protocol/index.js";
import type { WireError } from "../protocol/index.js";

/** How a publication ended. */
export interface PublishResult {
  /** Identifies it in the logs, and for the clients that acknowledge it. */
  readonly messageId: string;
  /** Whether Centrifugo has confirmed that it took the publication. */
  readonly published: boolean;
  /** Whether at least one client has acknowledged it; `false` when none was asked to. */
  readonly delivered: boolean;
  readonly acksReceived: number;
  /** How many acknowledgements were waited for; 0 when none were. */
  readonly acksExpected: number;
  /**
   * `success`: published, and acknowledged as often as was asked for; `partial`: acknowledged, but
   * not often enough in time; `timeout`: not acknowledged in time; `failed`: not published.
   */
  readonly status: "success" | "partial" | "timeout" | "failed";
  /** Why it failed, or why waiting ended before the time was up; a code of docs/errors.md. */
  readonly error?: WireError;
}

/** How a broadcast ended in one of its channels. */
export interface ChannelResult extends PublishResult {
  readonly channel: string;
}

/** Options of one publication. */
export interface MessageOptions {
  /**
   * A text of your own: within five minutes only the first publication with it reaches the channel,
   * so that one whose result was lost can be repeated.
   */
  idempotencyKey?: string;
}

/** Options of one publication that waits for acknowledgements. */
export interface AckOptions extends MessageOptions {
  /**
   * How many clients have to acknowledge it: a number, or `"all"` who are subscribed when it is
   * published. Default 1.
   */
  acks?: number | "all";
  /** How long to wait after publishing, in seconds, 300 at most. Default: `ack_timeout`, 30. */
  timeout?: number;
}

/**
 * Publishes to channels. What goes wrong is told in the result; a method rejects only for arguments
 * that are wrong by themselves, with a TypeError.
 */
export interface MessagePublisher {
  publish(channel: string, data: unknown, options?: MessageOptions): Promise<PublishResult>;
  /** Publishes, and waits until clients have acknowledged, or until the time is up. */
  publishWithAck(channel: string, data: unknown, options?: AckOptions): Promise<PublishResult>;
  /**
   * Publishes the same data to many channels, 1000 at most. It waits for acknowledgements in each of
   * them when `acks` is given. Results come in the order of the channels.
   */
  broadcast(
    channels: readonly string[],
    data: unknown,
    options?: AckOptions,
  ): Promise<ChannelResult[]>;
}

// On `globalThis`, as the registry is: several copies of this module mean the same publisher.
const CURRENT = Symbol.for("centrifugo-rpc.publisher");
const holder = globalThis as { [CURRENT]?: MessagePublisher };

/**
 * The publisher of the gateway in this process: that of `centrifugo-rpc dev` and `serve`, or the one
 * given to {@link bindPublisher}. For handlers, and for whatever else runs beside them.
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
 * Makes {@link publisher} publish through `target`: a gateway's own in a server of yours, or a
 * stand-in in tests. Gives a function that undoes it.
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
    "no gateway runs in this process yet: in tests and in a server of your own call " +
      "bindPublisher(…), elsewhere use createPublisher({ wrapperUrl, apiKey })",
  );
}
