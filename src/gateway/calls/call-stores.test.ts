// The decisions of docs/reliability.md, by one table for both stores.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startRedis, type RedisProcess } from "../../../testing/processes/redis.js";
import { findProgram } from "../../../testing/toolchains.js";
import {
  type CallClaim,
  type CallStore,
  type ClaimOutcome,
  ENDED,
  fingerprintOf,
} from "./call-store.js";
import { createMemoryCallStore } from "./memory-call-store.js";
import { connectRedisCallStore } from "./redis-call-store.js";

const binary = findProgram("redis-server");
const PARAMS = fingerprintOf("tasks.create", { title: "Buy milk" });
const OTHER_PARAMS = fingerprintOf("tasks.create", { title: "Buy bread" });
const REPLY = '{"result":{"id":1}}';

/** What happened to a call before it is claimed. */
type History = "nothing" | "ended" | "ended without its reply" | "forgotten before it ran";

interface Case {
  readonly history: History;
  readonly claim: Partial<Pick<CallClaim, "attempt" | "idempotent" | "fingerprint">>;
  /** The epoch that the claim names; the store's own by default. */
  readonly epoch?: "other" | "none";
  readonly outcome: ClaimOutcome["state"];
  readonly reply?: string | undefined;
  readonly mayHaveRun?: true;
}

const claimed = { outcome: "claimed" } as const;
const claimedAgain = { outcome: "claimed", mayHaveRun: true } as const;
const lost = { outcome: "lost" } as const;
const replied = { outcome: "ended", reply: REPLY } as const;
const CASES: readonly Case[] = [
  { history: "nothing", claim: { attempt: 1 }, ...claimed },
  { history: "nothing", claim: { attempt: 1 }, epoch: "none", ...claimed },
  { history: "nothing", claim: { attempt: 1 }, epoch: "other", ...claimed },
  { history: "nothing", claim: { attempt: 2 }, ...claimed },
  { history: "nothing", claim: { attempt: 2 }, epoch: "other", ...lost },
  { history: "nothing", claim: { attempt: 2 }, epoch: "none", ...lost },
  { history: "nothing", claim: { attempt: 2, idempotent: true }, epoch: "other", ...claimedAgain },
  { history: "nothing", claim: { attempt: 2, idempotent: true }, epoch: "none", ...claimedAgain },
  { history: "ended", claim: { attempt: 1 }, ...replied },
  { history: "ended", claim: { attempt: 2 }, ...replied },
  { history: "ended", claim: { attempt: 2 }, epoch: "other", ...replied },
  { history: "ended", claim: { attempt: 2, idempotent: true }, ...replied },
  { history: "ended", claim: { attempt: 2, fingerprint: OTHER_PARAMS }, outcome: "mismatch" },
  { history: "ended without its reply", claim: { attempt: 2 }, outcome: "ended" },
  { history: "forgotten before it ran", claim: { attempt: 1 }, ...claimed },
  { history: "forgotten before it ran", claim: { attempt: 2 }, ...claimed },
];

let redis: RedisProcess | undefined;
beforeAll(async () => {
  if (binary !== undefined) redis = await startRedis(binary);
});
afterAll(() => redis?.close());

const stores: Record<string, () => CallStore | Promise<CallStore>> = {
  memory: () => createMemoryCallStore({ maxReplyLength: 1000 }),
  Redis: () => connectRedisCallStore({ url: redis?.url ?? "" }),
};

describe.each(Object.entries(stores))("calls in %s", (name, open) => {
  let store: CallStore;
  beforeAll(async () => {
    store = await open();
  });
  afterAll(() => store?.close());

  let calls = 0;
  const newCall = (): CallClaim => ({
    key: `42 call-${++calls}`,
    correlationId: `call-${calls}`,
    fingerprint: PARAMS,
    attempt: 1,
    epoch: store.epoch(),
    idempotent: false,
    keepMs: 60_000,
  });

  async function run(call: CallClaim, history: History): Promise<void> {
    if (history === "nothing") return;
    const claim = await store.claim(call);
    if (claim.state !== "claimed") throw new Error(`the first claim: ${claim.state}`);
    if (history === "forgotten before it ran") {
      await store.forget(call, claim.token);
      return;
    }
    const reply = history === "ended" ? REPLY : "x".repeat(300 * 1024);
    expect(await store.end(call, claim.token, reply)).toEqual(ENDED);
  }

  describe.skipIf(name === "Redis" && binary === undefined)("a claim", () => {
    it.each(CASES)(
      "of $claim with epoch $epoch, when the store knows $history, is $outcome",
      async ({ history, claim, epoch, outcome, reply, mayHaveRun = false }) => {
        const call = newCall();
        await run(call, history);
        const epochs = { other: "another", none: undefined };
        const again = { ...call, ...claim, ...(epoch && { epoch: epochs[epoch] }) };
        const answer = await store.claim(again);
        const kept = "reply" in answer ? answer.reply : undefined;
        expect({ state: answer.state, reply: kept }).toEqual({ state: outcome, reply });
        expect("mayHaveRun" in answer).toBe(mayHaveRun);
      },
    );
  });
});
