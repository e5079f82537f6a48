import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { Random } from "../differential/random.js";
import type { StartDriver } from "../stack/clients.js";
import { FAULTS } from "./faults.js";
import { connectFleet, type CallEnd, type Fleet } from "./fleet.js";
import { planCalls, type PlannedCall } from "./plan.js";
import { startSystem, type Toolchain } from "./system.js";

/** Faults under load, one after the other. */
export interface TrialOptions {
  readonly faults: readonly string[];
  readonly seed: number;
  readonly calls: number;
  readonly callsPerSecond: number;
  readonly connections: number;
  readonly toolchain: Toolchain;
  readonly clients: Readonly<Record<string, StartDriver>>;
}

/** A call that was made. Times are in milliseconds since 1970. */
export interface MadeCall extends PlannedCall {
  readonly language: string;
  readonly sentAt: number;
  /** Undefined if it never ended. */
  readonly endedAt: number | undefined;
  readonly end: CallEnd | undefined;
}

/** A line of the journal. */
export interface JournalEntry {
  readonly at: number;
  /** `stopped`: the handler was cancelled. */
  readonly event: "start" | "end" | "stopped";
  readonly marker: number;
  readonly method: string;
  readonly correlationId: string;
  readonly pid: number;
}

/** What happened in a trial. */
export interface Trial {
  readonly faults: readonly string[];
  readonly calls: readonly MadeCall[];
  readonly journal: readonly JournalEntry[];
  readonly faultFrom: number;
  readonly peakMiB: { readonly gateway: number; readonly service: number };
}

/** The deadline of each call: the default of the clients. */
const DEADLINE_MS = 30_000;

/** A call that has not ended this long after its deadline counts as never settled. */
const PATIENCE_MS = 5000;

/** Starts a system, makes calls with a fault after a fifth of them, and stops the system. */
export async function runTrial(options: TrialOptions): Promise<Trial> {
  const { faults, seed, calls, connections, toolchain, clients } = options;
  const known = faults.map((name) => FAULTS[name] ?? unknownFault(name));
  const random = new Random(seed);
  const plan = planCalls(random, calls, connections);
  const faultAt = Math.floor(calls / 5) + random.below(Math.ceil(calls / 20));
  const system = await startSystem(toolchain);
  let fleet: Fleet | undefined;
  try {
    fleet = await connectFleet(clients, connections, system);
    const made: Promise<MadeCall>[] = [];
    const begin = Date.now();
    let faultFrom = 0;
    let running: Promise<void> | undefined;
    for (const call of plan) {
      const due = begin + (call.marker * 1000) / options.callsPerSecond;
      if (due > Date.now()) await pause(due - Date.now());
      if (call.marker === faultAt) {
        faultFrom = Date.now();
        running = (async () => {
          for (const { run } of known) await run(system, random);
        })();
      }
      made.push(make(call, fleet));
    }
    await running;
    const ended = await Promise.all(made);
    const peak = (programs: typeof system.gateways): number =>
      Math.max(...programs.map((program) => program.peakMiB()));
    return {
      faults,
      calls: ended,
      journal: readFileSync(system.journal, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as JournalEntry),
      faultFrom,
      peakMiB: { gateway: peak(system.gateways), service: peak(system.services) },
    };
  } finally {
    await fleet?.close();
    await system.close();
  }
}

function unknownFault(name: string): never {
  throw new Error(`unknown fault ${name}: one of ${Object.keys(FAULTS).join(", ")}`);
}

async function make(call: PlannedCall, fleet: Fleet): Promise<MadeCall> {
  const { connection, method, marker, delayMs } = call;
  const sentAt = Date.now();
  const params = { marker, delay_ms: delayMs };
  const never = pause(DEADLINE_MS + PATIENCE_MS, undefined, { ref: false });
  const end = await Promise.race([fleet.call(connection, method, params, DEADLINE_MS), never]);
  const language = fleet.languages[connection] ?? "";
  return { ...call, language, sentAt, endedAt: end && Date.now(), end };
}
