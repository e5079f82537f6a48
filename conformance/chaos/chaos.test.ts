// The short form of the chaos suite: `npm run chaos` is the full one.
import { describe, expect, it } from "vitest";
import { findCentrifugo, findProgram, findPython } from "../../testing/toolchains.js";
import { clients, type StartDriver } from "../stack/clients.js";
import { judge } from "./judgement.js";
import { complaints } from "./report.js";
import { runTrial } from "./trial.js";

const SEED = 12;
const CALLS = 500;
const FAULTS = ["all connections cut", "node killed", "gateway killed", "service requests cut"];
const centrifugo = findCentrifugo();
const redis = findProgram("redis-server");
const python = findPython();
const isComplete = centrifugo !== undefined && redis !== undefined && python !== undefined;

describe.skipIf(!isComplete)(`a cluster that breaks, with seed ${SEED}`, () => {
  it("ends each call once, with the truth", async () => {
    const installed: Record<string, StartDriver> = {};
    for (const language of ["TypeScript", "Python", "Go"]) {
      const start = clients[language]?.();
      if (start) installed[language] = start;
    }
    const trial = await runTrial({
      faults: FAULTS,
      seed: SEED,
      calls: CALLS,
      callsPerSecond: 50,
      connections: 30,
      toolchain: { centrifugo: centrifugo ?? "", redis: redis ?? "", python: python ?? "" },
      clients: installed,
    });
    const judgement = judge(trial);
    // How many calls succeed depends on the machine's load; the full form has the goal.
    expect(complaints({ ...judgement, reached: true })).toEqual([]);
    expect(judgement.all).toMatchObject({ calls: CALLS, settled: CALLS });
  }, 180_000);
});
