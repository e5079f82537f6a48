import { RPCError, type AckRequest } from "../../protocol/index.js";
import type { Logger } from "../../handlers/index.js";
import type { AckGoal } from "./ack-goal.js";
import type { Ack, AckStore } from "./ack-store.js";
import type { Observers } from "../observability/observers.js";
import { answerInTime } from "../stores/store-answer.js";

/** Who acknowledges, from Centrifugo. */
export interface AckSender {
  readonly user: string;
  readonly client: string;
}

export interface AcknowledgementsOptions {
  store: AckStore;
  observers: Observers;
  log: Logger;
}

/** A publication for whose acknowledgements this gateway waits. */
export interface AckWait {
  /** Waits for the goal or the timeout. Resolves to `false` only when the gateway stops. */
  until(timeoutMs: number): Promise<boolean>;
  /** Ends the wait. Never rejects. */
  end(): Promise<void>;
}

/** How long a publication is remembered after the wait. */
const LATE_MS = 60_000;

/** Matches waiting publications with acknowledgements that arrive at this or another gateway. */
export class Acknowledgements {
  readonly #options: AcknowledgementsOptions;
  readonly #waits = new Map<string, Set<Wait>>();
  #stopped = false;

  constructor(options: AcknowledgementsOptions) {
    this.#options = options;
    options.store.onAck((messageId, ack) => {
      for (const wait of this.#waits.get(messageId) ?? []) wait.add(ack);
    });
  }

  /**
   * Takes an acknowledgement. `false` when nobody waits for it, or when it is a repetition.
   *
   * @throws RPCError permission_denied for a channel of other users; unavailable when the store is.
   */
  async take({ user, client }: AckSender, request: Omit<AckRequest, "$rpc">): Promise<boolean> {
    const { message_id: messageId, subscriber_id: subscriberId } = request;
    const { store, observers } = this.#options;
    const channel = await this.#ask(store.channelOf(messageId));
    if (channel === undefined) return false;
    if (!mayReceive(channel, user)) {
      throw RPCError.of("permission_denied", "this publication is for other users");
    }
    const ack = { subscriberId, clientId: client, userId: user };
    const accepted = await this.#ask(store.add(messageId, ack));
    observers.ackReceived({ messageId, userId: user, clientId: client, accepted });
    return accepted;
  }

  /**
   * The ID of a publication: that of the first one with its idempotency key.
   *
   * @throws RPCError unavailable
   */
  async identify(channel: string, idempotencyKey: string, messageId: string): Promise<string> {
    return await this.#ask(this.#options.store.identify(channel, idempotencyKey, messageId));
  }

  /**
   * Begins to wait, before the publication is on its way.
   *
   * @param knownMs How long the publication must be remembered at least.
   * @param onAck Called with each acknowledgement that counts for the goal.
   * @throws RPCError unavailable
   */
  async open(
    message: { messageId: string; channel: string; goal: AckGoal; knownMs: number },
    onAck: (ack: Ack) => void,
  ): Promise<AckWait> {
    const { messageId, channel, goal, knownMs } = message;
    const wait = new Wait(goal, onAck);
    if (this.#stopped) wait.stop();
    // Before the store answers, because an acknowledgement may arrive earlier.
    const waits = this.#waits.get(messageId) ?? new Set();
    this.#waits.set(messageId, waits.add(wait));
    const forget = (): void => {
      waits.delete(wait);
      if (waits.size === 0) this.#waits.delete(messageId);
    };
    try {
      const { store } = this.#options;
      const before = await this.#ask(store.open(messageId, channel, knownMs + LATE_MS));
      for (const ack of before) wait.add(ack);
    } catch (error) {
      forget();
      throw error;
    }
    return {
      until: async (timeoutMs) => {
        const reached = await wait.until(timeoutMs);
        if (!reached) await this.#addMissed(messageId, wait);
        return !wait.stopped;
      },
      end: async () => {
        forget();
        await this.#end(messageId);
      },
    };
  }

  /** Ends all waits, and those that begin later. */
  stop(): void {
    this.#stopped = true;
    for (const waits of this.#waits.values()) for (const wait of waits) wait.stop();
  }

  /** Adds what the store received while this gateway had lost its connection. */
  async #addMissed(messageId: string, wait: Wait): Promise<void> {
    try {
      for (const ack of await answerInTime(this.#options.store.list(messageId))) wait.add(ack);
    } catch (error) {
      this.#options.log.warn({ err: error, messageId }, "acknowledgements may be missing");
    }
  }

  async #end(messageId: string): Promise<void> {
    try {
      await answerInTime(this.#options.store.end(messageId));
    } catch (error) {
      this.#options.log.warn(
        { err: error, messageId },
        "the wait could not be ended in the store: it expires by itself",
      );
    }
  }

  async #ask<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answerInTime(answer);
    } catch (error) {
      this.#options.log.error({ err: error }, "the store of acknowledgements does not answer");
      const message = "the gateway cannot reach the acknowledgements that it shares";
      throw RPCError.of("unavailable", message, undefined, { cause: error });
    }
  }
}

/** Counts the acknowledgements of one publication. */
class Wait {
  stopped = false;
  readonly #seen = new Set<string>();
  #wake: () => void = () => undefined;

  constructor(
    readonly goal: AckGoal,
    readonly onAck: (ack: Ack) => void,
  ) {}

  add(ack: Ack): void {
    const subscriber = `${ack.userId} ${ack.subscriberId}`;
    if (this.#seen.has(subscriber)) return;
    this.#seen.add(subscriber);
    if (!this.goal.add(ack)) return;
    this.onAck(ack);
    if (this.goal.reached) this.#wake();
  }

  stop(): void {
    this.stopped = !this.goal.reached;
    this.#wake();
  }

  /** Resolves to whether the goal is reached. */
  async until(timeoutMs: number): Promise<boolean> {
    if (!this.goal.reached && !this.stopped) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.goal.reached;
  }
}

/** Whether the channel's name lets this user subscribe: https://centrifugal.dev/docs/server/channels */
function mayReceive(channel: string, user: string): boolean {
  const boundary = channel.lastIndexOf("#");
  return (
    boundary === -1 ||
    channel
      .slice(boundary + 1)
      .split(",")
      .includes(user)
  );
}
