// Measures what the parts of a cluster cost: the figures of docs/sizing.md. Everything runs on this
// machine, the callers too, so the CPU time of a call says more than the calls per second.
//
//   node --conditions=centrifugo-rpc-source --import=tsx bench/cluster.ts
import { cpus } from "node:os";
import { createClient } from "@redis/client";
import type { CentrifugoRPCClient } from "centrifugo-rpc/client";
import { findCentrifugo, findProgram } from "../testing/toolchains.js";
import { startCluster, type Cluster, type ClusterOptions } from "../conformance/cluster/cluster.js";
import { connectPlainly } from "../conformance/cluster/plain-connection.js";
import { cpuOfProcess, nodeMetrics, percentile } from "./measure.js";

const CALLS = 30_000;
const CALLERS = 200;
const CONNECTIONS = 2000;
const CHANNELS = 200;
const HISTORY_SIZE = 100;
const REPLY_BYTES = 1024;
const HANDLER_MS = 20;

const centrifugo = findCentrifugo();
const redis = findProgram("redis-server");
if (centrifugo === undefined || redis === undefined) {
  throw new Error("Centrifugo and redis-server are needed: run `npm test` once");
}
const programs = { centrifugo, redis };

print(`${cpus().length} × ${cpus()[0]?.model}, Node.js ${process.version}`);
for (const sharedCalls of [false, true]) {
  for (const gateways of [1, 2]) await measureCalls(gateways, sharedCalls);
}
for (const concurrency of [1, 16, 64]) await measureConcurrency(concurrency);
await withCluster({ api: "any node" }, measureConnections);
await withCluster({ api: "any node" }, measureHistory);

async function measureCalls(gateways: number, sharedCalls: boolean): Promise<void> {
  await withCluster({ api: "any node", sharedCalls }, async (cluster) => {
    if (gateways === 1) cluster.gatewayBalancer.only(cluster.gateways[0].port);
    const clients: CentrifugoRPCClient[] = [];
    for (const userId of ["a", "b", "c", "d"]) clients.push(await cluster.connect(userId));
    const call = async (index: number): Promise<number> => {
      const start = performance.now();
      await clients[index % clients.length]?.call("echo", { nonce: String(index) });
      return performance.now() - start;
    };
    // The first calls compile the code.
    await inParallel(CALLERS, CALLS / 2, call);
    const alone = await inParallel(1, 500, call);

    const before = await cpuOfParts(cluster);
    const start = performance.now();
    const busy = await inParallel(CALLERS, CALLS, call);
    const seconds = (performance.now() - start) / 1000;
    const after = await cpuOfParts(cluster);

    const title = `${gateways} gateway(s), ${sharedCalls ? "calls shared in Redis" : "nothing shared"}`;
    print(`\n${title}: ${Math.round(CALLS / seconds)} calls/s`);
    for (const [name, samples] of Object.entries({
      "one call at a time": alone,
      [`${CALLERS} calls at a time`]: busy,
    })) {
      print(
        `  ${name}: p50 ${percentile(samples, 50).toFixed(2)} ms, p99 ${percentile(samples, 99).toFixed(2)} ms`,
      );
    }
    for (const part of ["gateways", "nodes", "redis"] as const) {
      const microseconds = ((after[part] - before[part]) / CALLS) * 1e6;
      print(`  CPU of ${part}: ${microseconds.toFixed(0)} µs/call`);
    }
    for (const { port } of cluster.gateways) {
      print(`  connections opened to a gateway: ${cluster.gatewayBalancer.accepted(port)}`);
    }
  });
}

/** How many calls one connection carries when each takes some time. */
async function measureConcurrency(concurrency: number): Promise<void> {
  await withCluster({ api: "any node", concurrency }, async (cluster) => {
    const client = await cluster.connect("a");
    const call = (index: number): Promise<unknown> =>
      client.call("echo", { nonce: String(index), delay_ms: HANDLER_MS });
    await inParallel(CALLERS, CALLERS, call);
    const start = performance.now();
    const calls = 20 * concurrency;
    await inParallel(CALLERS, calls, call);
    const seconds = (performance.now() - start) / 1000;
    print(
      `\nconcurrency ${concurrency}, handlers of ${HANDLER_MS} ms: ${Math.round(calls / seconds)} calls/s on one connection`,
    );
  });
}

/** What a connection that only listens costs a node. */
async function measureConnections(cluster: Cluster): Promise<void> {
  const [node] = cluster.nodes;
  const before = await nodeMetrics(node);
  const connections = await inParallel(20, CONNECTIONS, async (index) =>
    connectPlainly(node.url, await cluster.token(`u${index}`), `u${index}`),
  );
  const after = await nodeMetrics(node);
  const kibibytes = (after.rss - before.rss) / 1024 / CONNECTIONS;
  print(
    `\n${CONNECTIONS} connections, each with its user's channel: ${kibibytes.toFixed(0)} KiB of a node's memory each`,
  );
  for (const connection of connections) connection.close();
}

/** What the history of a user's channel costs Redis when it is full. */
async function measureHistory(cluster: Cluster): Promise<void> {
  const client = createClient({ url: cluster.redis.url });
  await client.connect();
  const usedMemory = async (): Promise<number> =>
    Number(/^used_memory:(\d+)/m.exec(await client.info("memory"))?.[1]);
  const before = await usedMemory();
  const data = { text: "x".repeat(REPLY_BYTES) };
  await inParallel(20, CHANNELS * HISTORY_SIZE, (index) =>
    cluster.nodes[0].api("publish", { channel: `user#h${index % CHANNELS}`, data }),
  );
  const kibibytes = ((await usedMemory()) - before) / 1024 / CHANNELS;
  print(
    `\nhistory of ${HISTORY_SIZE} replies of ${REPLY_BYTES} bytes: ${kibibytes.toFixed(0)} KiB of Redis for each user`,
  );
  await client.close();
}

async function cpuOfParts(cluster: Cluster) {
  const nodes = await Promise.all(cluster.nodes.map(nodeMetrics));
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  return {
    gateways: sum(cluster.gateways.map(({ pid }) => cpuOfProcess(pid))),
    nodes: sum(nodes.map(({ cpu }) => cpu)),
    redis: cpuOfProcess(cluster.redis.pid),
  };
}

async function withCluster(
  options: ClusterOptions,
  measure: (cluster: Cluster) => Promise<void>,
): Promise<void> {
  const cluster = await startCluster(programs, options);
  try {
    await measure(cluster);
  } finally {
    await cluster.close();
  }
}

/** Runs `task` for 0, 1, … `count - 1`, at most `width` of them at once, and gives their results. */
async function inParallel<T>(
  width: number,
  count: number,
  task: (index: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) results.push(await task(index));
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
