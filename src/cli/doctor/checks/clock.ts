import { ok, warning, wrong, type Check } from "../check.js";
import { command } from "../mends.js";
import type { Session } from "../session.js";

/** The Date header is exact to a second, and the answer takes its time. */
const TOLERATED_MS = 5000;

/** From here on tokens that are meant to be short are refused at once. */
const WRONG_MS = 60_000;

/** Tokens expire by Centrifugo's clock, and are made by the clock of whoever signs them. */
export const clock: Check = {
  id: "clock",
  title: "Clocks",
  needs: ["api"],
  async run(session) {
    const skews = [
      { name: "Centrifugo", aheadMs: (await session.info()).clockAheadMs },
      { name: "the gateway", aheadMs: await gatewayAhead(session) },
    ].filter((skew): skew is Skew => skew.aheadMs !== undefined);
    const [largest] = skews.toSorted((a, b) => Math.abs(b.aheadMs) - Math.abs(a.aheadMs));
    if (largest === undefined) return warning("no server tells its time");
    if (Math.abs(largest.aheadMs) <= TOLERATED_MS) {
      return ok(`${skews.map(({ name }) => name).join(" and ")} have our time`);
    }
    const find = Math.abs(largest.aheadMs) > WRONG_MS ? wrong : warning;
    return find(
      `${describe(largest)}: tokens expire too early or too late`,
      command("timedatectl set-ntp true"),
    );
  },
};

interface Skew {
  name: string;
  aheadMs: number;
}

async function gatewayAhead(session: Session): Promise<number | undefined> {
  // Whether the gateway can be reached is another check's question.
  return await session.health().then(
    ({ clockAheadMs }) => clockAheadMs,
    () => undefined,
  );
}

function describe({ name, aheadMs }: Skew): string {
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  return `the clock of ${name} is ${seconds} s ${aheadMs > 0 ? "ahead of" : "behind"} ours`;
}
