import { RPCError, uuidv7 } from "../../protocol/index.js";
import type { Logger, PublishResult } from "../../handlers/index.js";
import type { AckGoal } from "./ack-goal.js";
import type { Ack } from "./ack-store.js";
import { brokerError, CentrifugoApiError } from "../centrifugo/api-error.js";
import type { PublicationWatch } from "../observability/observer.js";
import type { Observers } from "../observability/observers.js";

/** What is published. */
export interface OutgoingMessage {
  readonly channel: string;
  readonly data: unknown;
  readonly acks: number | "all" | undefined;
}

/** Reports one publication to the observers, and makes its result. */
export class ObservedPublication {
  readonly #message: OutgoingMessage;
  readonly #observers: Observers;
  readonly #log: Logger;
  readonly #startedAt = new Date();
  readonly #start = performance.now();
  #messageId = "";
  #watch: Required<PublicationWatch> | undefined;
  /** Whose acknowledgements are waited for. */
  goal: AckGoal | undefined;
  /** Whether the broker has confirmed it. */
  published = false;

  constructor(message: OutgoingMessage, observers: Observers, log: Logger) {
    this.#message = message;
    this.#observers = observers;
    this.#log = log;
  }

  /** It has its ID, and is about to be published. */
  begin(messageId: string): void {
    const { channel, data, acks } = this.#message;
    this.#messageId = messageId;
    this.#watch = this.#observers.publicationStarted({
      messageId,
      channel,
      data,
      waitForAck: acks !== undefined,
      ...(typeof acks === "number" && { acksExpected: acks }),
      startedAt: this.#startedAt,
    });
  }

  acknowledged({ userId, clientId }: Ack): void {
    this.#watch?.acknowledged({ messageId: this.#messageId, userId, clientId, accepted: true });
  }

  /** The publication is over; `thrown` is what failed. */
  end(thrown?: unknown): PublishResult {
    if (!this.#watch) this.begin(uuidv7());
    const error = thrown === undefined ? undefined : publishError(thrown);
    const acksReceived = this.goal?.received ?? 0;
    const acksExpected = this.goal?.expected ?? 0;
    const result = {
      messageId: this.#messageId,
      published: this.published,
      delivered: acksReceived > 0,
      acksReceived,
      acksExpected,
      status: this.#status(),
      ...(error && { error: error.toWire() }),
    };
    if (!this.published) {
      const { channel } = this.#message;
      this.#log.warn({ err: thrown, channel, messageId: this.#messageId }, "publishing failed");
    }
    this.#watch?.ended({
      status: result.status,
      acksReceived,
      ...(this.goal && { acksExpected }),
      ...(error && { error }),
      durationMs: performance.now() - this.#start,
    });
    return result;
  }

  #status(): PublishResult["status"] {
    if (!this.published) return "failed";
    if (!this.goal || this.goal.reached) return "success";
    return this.goal.received > 0 ? "partial" : "timeout";
  }
}

/** Why it was not published, as callers may see it. */
function publishError(thrown: unknown): RPCError {
  if (!(thrown instanceof CentrifugoApiError) || !thrown.outcomeUnknown) return brokerError(thrown);
  const text = `it may or may not have been published: ${thrown.message}`;
  return RPCError.of("outcome_unknown", text, undefined, { cause: thrown });
}
