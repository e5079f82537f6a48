import { uuidv7 } from "../../protocol/index.js";
import { CentrifugoApiError } from "./api-error.js";

/** Options of one publication. */
export interface PublishOptions {
  /** Centrifugo publishes once only for each key and channel, for five minutes. */
  idempotencyKey?: string;
  /** Strings that subscribers get with the data, by name. */
  tags?: Readonly<Record<string, string>>;
  /** Whether the channel's history leaves it out. Default false. */
  skipHistory?: boolean;
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
   * Who is subscribed to a channel, whose namespace must have `presence`. Without this method no
   * publication can wait for all of them.
   */
  presence?(channel: string): Promise<readonly PresentClient[]>;
  /** Publishes to many channels at once. Default: one publication a channel. */
  broadcast?(
    channels: readonly string[],
    data: unknown,
    options?: PublishOptions,
  ): Promise<readonly BroadcastOutcome[]>;
}

/** The outcome of a broadcast in one channel. */
export interface BroadcastOutcome {
  /** Why it was not published there. */
  error?: Error;
}

const FIRST_DELAY_MS = 100;
const ATTEMPTS = 6;
/** A silent server fails late; a stopping gateway must not wait for six attempts. */
const NO_NEW_ATTEMPT_AFTER_MS = 4000;

/**
 * Publishes, with up to 6 attempts within about 3 seconds, and fewer if failures take long. All
 * attempts share an idempotency key, so nothing is published twice.
 *
 * @throws the last error; immediately when another attempt would fail as well.
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

/** Retries `attempt` as {@link publishWithRetry} does. */
export async function withRetry<T>(attempt: () => Promise<T>): Promise<T> {
  const start = performance.now();
  let unknown: unknown;
  for (let number = 1; ; number++) {
    try {
      return await attempt();
    } catch (error) {
      const late = performance.now() - start > NO_NEW_ATTEMPT_AFTER_MS;
      const refused = error instanceof CentrifugoApiError && !error.retryable;
      // One attempt may have arrived, whatever the others report.
      if (error instanceof CentrifugoApiError && error.outcomeUnknown) unknown = error;
      if (number === ATTEMPTS || late || refused) throw unknown ?? error;
      await new Promise((resolve) => setTimeout(resolve, FIRST_DELAY_MS * 2 ** (number - 1)));
    }
  }
}
