import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { ClusterNode } from "../conformance/cluster/cluster.js";

/** Linux counts CPU time in ticks. */
const TICKS_PER_SECOND = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** The CPU time that a process has used, in seconds. */
export function cpuOfProcess(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name in brackets may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** What a Centrifugo node says of itself. */
export async function nodeMetrics({ port }: ClusterNode): Promise<{ cpu: number; rss: number }> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const read = (name: string): number =>
    Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1] ?? Number.NaN);
  return {
    cpu: read("process_cpu_seconds_total"),
    rss: read("process_resident_memory_bytes"),
  };
}

/** Calls a second, with as many under way at a time as `inFlight`. */
export async function callsPerSecond(
  call: () => Promise<unknown>,
  { calls, inFlight }: { calls: number; inFlight: number },
): Promise<number> {
  let left = calls;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await call();
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: inFlight }, worker));
  return (calls / (performance.now() - start)) * 1000;
}

/** How long calls that follow each other take, in milliseconds. */
export async function latenciesOf(call: () => Promise<unknown>, calls: number): Promise<number[]> {
  const latencies: number[] = [];
  for (let index = 0; index < calls; index++) {
    const start = performance.now();
    await call();
    latencies.push(performance.now() - start);
  }
  return latencies;
}

/** The value below which so many per cent of the samples are. */
export function percentile(samples: readonly number[], percent: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? NaN;
}
