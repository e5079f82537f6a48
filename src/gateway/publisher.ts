import { uuidv7 } from "../protocol/index.js";

/** Options of one publication. */
export interface PublishOptions {
  /** Centrifugo publishes once only for each key and channel, for five minutes. */
  idempotencyKey?: string;
}

/** Publishes to a channel: the embedded broker in process, or Centrifugo's HTTP API. */
export interface Publisher {
  publish(channel: string, data: unknown, options?: PublishOptions): Promise<unknown>;
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
 * @throws the last error.
 */
export async function publishWithRetry(
  publisher: Publisher,
  channel: string,
  data: unknown,
): Promise<void> {
  const idempotencyKey = uuidv7();
  const start = performance.now();
  for (let attempt = 1; ; attempt++) {
    try {
      await publisher.publish(channel, data, { idempotencyKey });
      return;
    } catch (error) {
      const late = performance.now() - start > NO_NEW_ATTEMPT_AFTER_MS;
      if (attempt === ATTEMPTS || late) throw error;
      await new Promise((resolve) => setTimeout(resolve, FIRST_DELAY_MS * 2 ** (attempt - 1)));
    }
  }
}
