import { RPCError, type ReplyBody } from "../../protocol/index.js";
import type { Logger } from "../../handlers/index.js";
import { answerInTime } from "../stores/store-answer.js";
import {
  type CallClaim,
  type CallStore,
  type ClaimOutcome,
  ENDED,
  type EndOutcome,
} from "./call-store.js";

/** Limits how long a gateway waits for its call store, and decides what happens if it fails. */
export class StoreAccess {
  readonly #store: CallStore;
  readonly #log: Logger;

  constructor(store: CallStore, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  /** A call that must not run twice is refused while the store cannot be reached. */
  claim(
    claim: CallClaim,
    isIdempotent: boolean,
    log: Logger,
  ): ClaimOutcome | Promise<ClaimOutcome> {
    const store = this.#store;
    const answer = store.claim(claim);
    if (!(answer instanceof Promise)) return answer;
    return answerInTime(answer).catch((error: unknown): ClaimOutcome => {
      // If the claim succeeds later, it is undone.
      void answer
        .then((late) => late.state === "claimed" && store.forget(claim, late.token))
        .catch(() => undefined);
      if (isIdempotent) return { state: "claimed", token: "", mayHaveRun: true };
      log.error({ err: error }, "the call store does not answer: the call was not run");
      const message = "the gateway cannot reach its call store: the call was not run";
      throw RPCError.of("unavailable", message, undefined, { cause: error });
    });
  }

  /** Ends a call in the store. A call that did not run is forgotten instead: it may be repeated. */
  end(
    claim: CallClaim,
    token: string,
    reply: ReplyBody,
    isRefused: boolean,
    log: Logger,
  ): EndOutcome | Promise<EndOutcome> {
    const store = this.#store;
    const hasRun = !isRefused && !("error" in reply && RPCError.fromWire(reply.error).retryable);
    const answer = hasRun
      ? store.end(claim, token, JSON.stringify(reply))
      : store.forget(claim, token);
    if (!(answer instanceof Promise)) return answer;
    return answer.catch((error: unknown) => {
      log.warn({ err: error }, "the call store did not take the reply");
      return ENDED;
    });
  }

  /**
   * Returns whether other gateways run these calls.
   *
   * @throws RPCError unavailable if the store does not answer.
   */
  async areRunning(keys: readonly string[]): Promise<readonly boolean[]> {
    try {
      const answer = this.#store.areRunning(keys);
      return answer instanceof Promise ? await answerInTime(answer) : answer;
    } catch (error) {
      const reason = "the call store does not answer: it is not known which calls run";
      this.#log.warn({ err: error }, reason);
      const message = "the gateway cannot reach its call store";
      throw RPCError.of("unavailable", message, undefined, { cause: error });
    }
  }

  /** Asks other gateways to stop a call. Returns `false` if none runs it, or the store fails. */
  async cancel(key: string): Promise<boolean> {
    try {
      const answer = this.#store.cancel(key);
      return typeof answer === "boolean" ? answer : await answerInTime(answer);
    } catch (error) {
      const message = "the call store does not answer: a cancellation did not reach other gateways";
      this.#log.warn({ err: error }, message);
      return false;
    }
  }
}
