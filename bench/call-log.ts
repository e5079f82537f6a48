// What the call log sustains, and what it costs: rows a second in both databases, and calls a second
// with and without it, in one run. See bench/README.md.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type CallLogHealth, openCallLog } from "centrifugo-rpc/call-log";
import { CentrifugoRPCClient } from "centrifugo-rpc/client";
import { createToken } from "centrifugo-rpc/gateway";
import { startPostgres } from "../testing/processes/postgres.js";
import { findPostgres } from "../testing/toolchains.js";
import { callsPerSecond, latenciesOf, percentile } from "./measure.js";

const ROUNDS = 5;
const ROWS = 100_000;
const IN_FLIGHT = 64;
const CALLS = 10_000;
const SEQUENTIAL = 1000;

const programs = findPostgres();
// As it is in production: commits wait for the disk.
const postgres =
  programs === undefined ? undefined : await startPostgres(programs, { fsync: true });
const folder = mkdtempSync(join(tmpdir(), "bench-"));
let files = 0;

/** How to get an empty database of each kind; `off` has none. */
const databases: Record<string, () => Promise<string>> = {
  off: async () => "",
  file: async () => `file:${folder}/${++files}/calls.db`,
  ...(postgres && { PostgreSQL: () => postgres.createDatabase() }),
};

const rates = await rounds(async (_name, url) =>
  url === "" ? undefined : await rowsPerSecond(url),
);
print(`${ROUNDS} rounds, medians; ${ROWS} rows as fast as they are taken\n`);
print("| database | rows/s |\n|---|---|");
for (const [name, samples] of rates) print(`| ${name} | ${Math.round(median(samples))} |`);

const calls = await rounds((_name, url) => measureCalls(url));
const base = median((calls.get("off") ?? []).map(({ rate }) => rate));
print(`\n${ROUNDS} rounds, medians; ${IN_FLIGHT} calls under way, then ${SEQUENTIAL} in a row\n`);
print("| call log | calls/s | to off | p50 ms | p99 ms | lost rows |\n|---|---|---|---|---|---|");
for (const [name, samples] of calls) {
  const of = (figure: keyof Calls): number => median(samples.map((sample) => sample[figure]));
  const figures = [
    Math.round(of("rate")),
    (of("rate") / base).toFixed(2),
    of("p50").toFixed(2),
    of("p99").toFixed(2),
    of("lost"),
  ];
  print(`| ${name} | ${figures.join(" | ")} |`);
}
await postgres?.close();
rmSync(folder, { recursive: true });

/** Measures with each database, round by round: a slow moment of the machine meets all of them. */
async function rounds<T>(
  measure: (name: string, url: string) => Promise<T | undefined>,
): Promise<Map<string, T[]>> {
  const samples = new Map<string, T[]>();
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, newUrl] of Object.entries(databases)) {
      const sample = await measure(name, await newUrl());
      // The first only warms the machine's caches.
      if (round === 0 || sample === undefined) continue;
      samples.set(name, [...(samples.get(name) ?? []), sample]);
    }
  }
  return samples;
}

async function rowsPerSecond(url: string): Promise<number> {
  const log = openCallLog({ url });
  await log.flush();
  const start = performance.now();
  for (let index = 0; index < ROWS; index++) {
    log
      .begin({
        kind: "call",
        id: crypto.randomUUID(),
        target: "tasks.get_stats",
        userId: `user-${index % 100}`,
        clientId: crypto.randomUUID(),
        params: { user_id: "123", include_completed: true },
        startedAt: new Date(),
      })
      .end({ status: "success", result: { total: 3, completed: 1, pending: 2 }, durationMs: 1.5 });
    if (index % 1000 === 0) while (log.status().backlog > 10_000) await pause(1);
  }
  await log.flush();
  const rate = (ROWS / (performance.now() - start)) * 1000;
  const { written } = log.status();
  if (written < ROWS) throw new Error(`${ROWS - written} rows were not written`);
  await log.close();
  return rate;
}

interface Calls {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly lost: number;
}

async function measureCalls(logUrl: string): Promise<Calls> {
  const server = fork(join(import.meta.dirname, "call-log-server.ts"), [logUrl]);
  const url = await nextMessage<string>(server);
  const token = await createToken({ secret: "bench", userId: "42" });
  const rpc = new CentrifugoRPCClient(url, token, "42");
  await rpc.connect();
  const call = () => rpc.call("tasks.get_stats", { user_id: "123" });
  const load = { calls: CALLS, inFlight: IN_FLIGHT };
  await callsPerSecond(call, load);
  const rate = await callsPerSecond(call, load);
  const latencies = await latenciesOf(call, SEQUENTIAL);
  rpc.disconnect();
  server.send("stop");
  const health = await nextMessage<CallLogHealth | null>(server);
  await once(server, "exit");
  const lost = health?.dropped ?? 0;
  return { rate, p50: percentile(latencies, 50), p99: percentile(latencies, 99), lost };
}

async function nextMessage<T>(child: ChildProcess): Promise<T> {
  const [message] = (await once(child, "message")) as [T];
  return message;
}

function median(samples: readonly number[]): number {
  return percentile(samples, 50);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
