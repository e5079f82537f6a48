import { uuidv7 } from "../../protocol/index.js";
import { type CallStore, ENDED, unknownMayHaveRun } from "./call-store.js";

/** The limits of {@link createMemoryCallStore}. */
export interface MemoryCallStoreOptions {
  /** The length of all replies together, in characters. Default 64 Mi. */
  maxReplyLength?: number;
  /** The number of calls. Default 500,000. */
  maxCalls?: number;
}

interface EndedCall {
  readonly fingerprint: string;
  readonly expiresAt: number;
  readonly reply: string | undefined;
}

const EXPIRY_INTERVAL_MS = 1000;

/**
 * The calls of a single gateway that have ended; those that run are known to the gateway itself.
 *
 * When the replies become too long, the oldest are dropped, and their calls end with
 * `outcome_unknown` if they are sent again. When the calls become too many, the oldest are forgotten
 * and the epoch changes, so that a call that may have run is not run again.
 */
export function createMemoryCallStore(options: MemoryCallStoreOptions = {}): CallStore {
  const { maxReplyLength = 64 * 1024 * 1024, maxCalls = 500_000 } = options;
  // Both in the order in which the calls ended.
  const withReply = new Map<string, EndedCall>();
  const withoutReply = new Map<string, EndedCall>();
  /** The keys of the calls that expire in an interval, by the interval's number. */
  const expiring = new Map<number, string[]>();
  let replyLength = 0;
  let epoch = uuidv7();

  function remove(key: string): void {
    replyLength -= withReply.get(key)?.reply?.length ?? 0;
    withReply.delete(key);
    withoutReply.delete(key);
  }

  function dropOldReplies(): void {
    for (const [key, call] of withReply) {
      if (replyLength <= maxReplyLength) return;
      remove(key);
      withoutReply.set(key, { ...call, reply: undefined });
    }
  }

  /** Makes room for some time, because each time costs the clients an epoch. */
  function forgetOldCalls(): void {
    epoch = uuidv7();
    let surplus = withReply.size + withoutReply.size - Math.floor(0.9 * maxCalls);
    for (const calls of [withoutReply, withReply]) {
      for (const key of calls.keys()) {
        if (surplus-- <= 0) return;
        remove(key);
      }
    }
  }

  let nextInterval = 0;
  let timer: NodeJS.Timeout | undefined;

  function removeExpired(): void {
    const now = Date.now();
    for (; (nextInterval + 1) * EXPIRY_INTERVAL_MS <= now; nextInterval++) {
      for (const key of expiring.get(nextInterval) ?? []) {
        const call = withReply.get(key) ?? withoutReply.get(key);
        if (call && call.expiresAt <= now) remove(key);
      }
      expiring.delete(nextInterval);
    }
    if (expiring.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  function expireAt(time: number, key: string): void {
    const interval = Math.floor(time / EXPIRY_INTERVAL_MS);
    const keys = expiring.get(interval);
    if (keys) keys.push(key);
    else expiring.set(interval, [key]);
    if (timer) return;
    nextInterval = Math.floor(Date.now() / EXPIRY_INTERVAL_MS);
    timer = setInterval(removeExpired, EXPIRY_INTERVAL_MS).unref();
  }

  return {
    epoch: () => epoch,

    claim(claim) {
      const known = withReply.get(claim.key) ?? withoutReply.get(claim.key);
      if (known === undefined) {
        if (!unknownMayHaveRun(claim, epoch)) return { state: "claimed", token: "" };
        if (!claim.idempotent) return { state: "lost" };
        return { state: "claimed", token: "", mayHaveRun: true };
      }
      if (known.fingerprint !== claim.fingerprint) return { state: "mismatch" };
      return { state: "ended", reply: known.reply };
    },

    end({ key, fingerprint, keepMs }, _token, reply) {
      remove(key);
      const expiresAt = Date.now() + keepMs;
      withReply.set(key, { fingerprint, expiresAt, reply });
      replyLength += reply.length;
      expireAt(expiresAt, key);
      if (replyLength > maxReplyLength) dropOldReplies();
      if (withReply.size + withoutReply.size > maxCalls) forgetOldCalls();
      return ENDED;
    },

    forget: () => ENDED,
    areRunning: (keys) => keys.map(() => false),
    cancel: () => false,
    onCancel: () => undefined,
    close: async () => clearInterval(timer),
  };
}
