import { within } from "../../protocol/index.js";

/** How long a store may take to answer. */
const STORE_TIMEOUT_MS = 2000;

/** A store's answer. Rejects when it takes too long, so that no call hangs on it. */
export function answerInTime<T>(answer: Promise<T>): Promise<T> {
  return within(STORE_TIMEOUT_MS, answer, () => {
    throw new Error(`no answer within ${STORE_TIMEOUT_MS} ms`);
  });
}
