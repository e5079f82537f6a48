import { uuidv7 } from "../../protocol/index.js";
import { CentrifugoApiError } from "./api-error.js";

/** Options of one publication. */
export interface PublishOptions {
  /** Centrifugo publishes once only for each key and channel, for five minutes. */
  idempotencyKey?: string;
  /** What subscribers get beside the data: texts by name. */
  tags?: Readonly<Record<string, string>>;
}

/** A connection that is subscribed to a channel. */
export interface PresentClient {
  /** The connection's ID. */
  client: string;
  /** Empty for an anonymous connection. */
  user: string;
}

/** Publishes to a channel: the embedded broker in process, or Centrifugo's HTTP API. */
export interface Publisher {
  publish(channel: string, data: unknown, options?: PublishOptions): Promise<unknown>;
  /**
   * Who is subscribed to a channel: without it no publication can wait for all of them. The
   * channel's namespace must have `presence`.
   */
  presence?(channel: string): Promise<readonly PresentClient[]>;
  /** Publishes to many channels at once. Default: one publication a channel. */
  broadcast?(
    channels: readonly string[],
    data: unknown,
    options?: PublishOptions,
  ): Promise<readonly BroadcastOutcome[]>;
}

/** What became of a broadcast in one of its channels. */
export interface BroadcastOutcome {
  /** Why it was not published there. */
  error?: Error;
}

const FIRST_DELAY_MS = 100;
const ATTEMPTS = 6;
/** A server that stays silent fails late: a gateway that stops must not wait for it six times. */
const NO_NEW_ATTEMPT_AFTER_MS = 4000;

/**
 * Publishes, and tries again when that fails: 6 times within about 3 seconds, and fewer when the
 * failures take long. All attempts have one idempotency key, so that one that did arrive is not
 * published twice.
 *
 * @throws the last error; at once when another attempt would fail as well.
 */
export async function publishWithRetry(
  publisher: Publisher,
  channel: string,
  data: unknown,
  options: PublishOptions = {},
): Promise<void> {
  const idempotencyKey = options.idempotencyKey ?? uuidv7();
  await withRetry(() => publisher.publish(channel, data, { ...options, idempotencyKey }));
}

/** Runs `attempt` as often as {@link publishWithRetry} says. */
export async function withRetry<T>(attempt: () => Promise<T>): Promise<T> {
  const start = performance.now();
  let unknown: unknown;
  for (let number = 1; ; number++) {
    try {
      return await attempt();
    } catch (error) {
      const late = performance.now() - start > NO_NEW_ATTEMPT_AFTER_MS;
      const refused = error instanceof CentrifugoApiError && !error.retryable;
      // When one attempt may have arrived, that others did not says nothing.
      if (error instanceof CentrifugoApiError && error.outcomeUnknown) unknown = error;
      if (number === ATTEMPTS || late || refused) throw unknown ?? error;
      await new Promise((resolve) => setTimeout(resolve, FIRST_DELAY_MS * 2 ** (number - 1)));
    }
  }
}
