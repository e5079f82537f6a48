// Calls a second and latency of one connection, side by side in one run: `npm run bench` in the root.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { clients } from "./clients.mjs";

const ROUNDS = 5;
const IN_FLIGHT = 64;
const CALLS = 10_000;
const SEQUENTIAL = 1_000;

const names = {
  embedded: "centrifugo-rpc, embedded broker",
  centrifugo: "centrifugo-rpc, Centrifugo 6",
  trpc: "tRPC 11 over WebSocket",
  socketio: "Socket.IO 4 emitWithAck",
};

async function start(system) {
  const child = spawn(process.execPath, ["server.mjs", system], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [url] = await new Promise((done) => {
    createInterface({ input: child.stdout }).once("line", (line) => done([line]));
  });
  const client = await clients[system](url);
  return { ...client, stop: () => (client.close(), child.kill()) };
}

/** Calls a second with IN_FLIGHT calls under way. */
async function throughput(call) {
  let left = CALLS;
  const worker = async () => {
    while (left-- > 0) await call();
  };
  const begin = performance.now();
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return (CALLS / (performance.now() - begin)) * 1000;
}

/** Milliseconds of calls that follow one another. */
async function latencies(call) {
  const samples = [];
  for (let index = 0; index < SEQUENTIAL; index++) {
    const begin = performance.now();
    await call();
    samples.push(performance.now() - begin);
  }
  return samples.toSorted((a, b) => a - b);
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const measured = Object.fromEntries(
  Object.keys(names).map((system) => [system, { rate: [], p50: [], p99: [] }]),
);
// Round by round, so that a slow moment of the machine meets all of them.
for (let round = 0; round <= ROUNDS; round++) {
  for (const system of Object.keys(names)) {
    const running = await start(system);
    await throughput(running.call);
    const rate = await throughput(running.call);
    const sorted = await latencies(running.call);
    running.stop();
    if (round === 0) continue; // the first only warms the machine's caches
    measured[system].rate.push(rate);
    measured[system].p50.push(sorted[Math.floor(SEQUENTIAL * 0.5)]);
    measured[system].p99.push(sorted[Math.floor(SEQUENTIAL * 0.99)]);
  }
}

const base = median(measured.trpc.rate);
console.log(
  `${ROUNDS} rounds, medians; ${IN_FLIGHT} calls under way, then ${SEQUENTIAL} in a row\n`,
);
console.log("| system | calls/s | to tRPC | p50 ms | p99 ms |\n|---|---|---|---|---|");
for (const [system, name] of Object.entries(names)) {
  const { rate, p50, p99 } = measured[system];
  const numbers = [
    Math.round(median(rate)),
    (median(rate) / base).toFixed(2),
    median(p50).toFixed(2),
    median(p99).toFixed(2),
  ];
  console.log(`| ${name} | ${numbers.join(" | ")} |`);
}
process.exit();
