import { RPCError } from "../../protocol/index.js";
import type { Logger } from "../../handlers/index.js";
import type { CallStore } from "./call-store.js";
import { answerInTime } from "../stores/store-answer.js";

/** A claim outlives its call by this, so that it never ends while the call still runs. */
const SLACK_MS = 10_000;

/** A call's claim in the store that the gateways share. */
export interface CallClaim {
  /**
   * Whether this gateway is to run the call.
   *
   * @throws RPCError unavailable
   */
  readonly won: Promise<boolean>;
  /** Gives the claim up. `true` when another gateway waits for the reply. Never rejects. */
  release(): Promise<boolean>;
}

/** Claims a call, so that no other gateway runs it as well. */
export function claimCall(
  store: CallStore,
  key: string,
  timeoutMs: number,
  log: Logger,
): CallClaim {
  const answer = store.claim(key, timeoutMs + SLACK_MS);
  return {
    won: answerInTime(answer).catch((error: unknown) => {
      log.error({ err: error }, "the call store does not answer: the call was not run");
      const message = "the gateway cannot reach the state that it shares: the call was not run";
      throw RPCError.of("unavailable", message, undefined, { cause: error });
    }),
    async release() {
      // Of the answer itself: a claim whose answer comes too late is given up, too.
      const released = answer.then((won) => won && store.release(key));
      try {
        return await answerInTime(released);
      } catch (error) {
        log.warn({ err: error }, "the call's claim could not be given up: it ends by itself");
        return false;
      }
    },
  };
}
