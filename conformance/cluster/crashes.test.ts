// What callers see when a part of a cluster crashes under load: every call ends, with its own
// result or with an error that says whether it may have run.
import { afterAll, beforeAll, expect, it } from "vitest";
import { startCluster, type Cluster } from "./cluster.js";
import { runLoad } from "./load.js";
import { describeCluster } from "./programs.js";
import { startRedis } from "../../testing/processes/redis.js";

const CALLS = 2000;

describeCluster("a Centrifugo node crashes", (programs) => {
  const cluster = clusterOf(programs);

  it("costs no call: its clients send their calls again at the other node", async () => {
    const { nodes, nodeBalancer } = cluster();
    const clients = await connectClients(cluster());
    expect(nodes.map(({ port }) => nodeBalancer.accepted(port))).toEqual([2, 2]);

    const incident = { at: CALLS / 4, run: () => nodes[0].kill() };
    const outcomes = await runLoad(clients, { calls: CALLS, deferred: true, incident });
    expect(outcomes.total()).toBeGreaterThanOrEqual(CALLS);
    expect(outcomes.kinds()).toEqual(["own result"]);
    const after = await runLoad(clients, { calls: 100 });
    expect(after.kinds()).toEqual(["own result"]);
    expect(nodeBalancer.accepted(nodes[1].port)).toBeGreaterThanOrEqual(4);
  });
});

describeCluster("a gateway crashes", (programs) => {
  const cluster = clusterOf(programs);

  it("costs the calls that it was running, and the other one goes on", async () => {
    const clients = await connectClients(cluster());
    const [crashing, staying] = cluster().gateways;
    const incident = { at: CALLS / 4, run: () => crashing.kill() };
    const outcomes = await runLoad(clients, { calls: CALLS, incident });
    expect(outcomes.total()).toBeGreaterThanOrEqual(CALLS);
    expect(outcomes.kinds()).toEqual(expect.arrayContaining(["own result", 409]));
    expect(["own result", 409]).toEqual(expect.arrayContaining(outcomes.kinds()));
    const after = await runLoad(clients, { calls: 100 });
    expect(after.kinds()).toEqual(["own result"]);
    expect(after.gateways()).toEqual([staying.pid]);
  });

  it("costs its deferred calls, which end at their deadline, as all do without a gateway", async () => {
    const [, last] = cluster().gateways;
    const client = await cluster().connect("deferred");
    const call = client.call("held", { key: "deferred" }, { timeout: 1500 });
    await last.events.next("pending", "deferred");
    // What is answered later than "pending" has left after it.
    await client.call("echo", { nonce: "a" });
    await last.kill();
    await expect(call).rejects.toMatchObject({ code: 408 });
    const unanswered = client.call("echo", { nonce: "b" }, { timeout: 1500 });
    await expect(unanswered).rejects.toMatchObject({ code: 408 });
  });
});

describeCluster("Redis crashes", (programs) => {
  const cluster = clusterOf(programs);

  it("refuses calls until it is back, and clients send them again", async () => {
    const { redis } = cluster();
    const client = await cluster().connect("42");
    await redis.kill();
    const refused = client.call("echo", { nonce: "a" }, { retry: false });
    await expect(refused).rejects.toMatchObject({ code: 503 });
    const call = client.call("echo", { nonce: "b" });
    const restarted = await startRedis(programs.redis, Number(new URL(redis.url).port));
    expect(await call).toMatchObject({ nonce: "b" });
    await restarted.close();
  });
});

/** A cluster for the cases of one block. */
function clusterOf(programs: Parameters<typeof startCluster>[0]): () => Cluster {
  let cluster: Cluster | undefined;
  beforeAll(async () => {
    cluster = await startCluster(programs, { api: "any node" });
  });
  afterAll(() => cluster?.close());
  return () => {
    if (!cluster) throw new Error("the cluster did not start");
    return cluster;
  };
}

/** Four clients of users of their own, two on each node. */
async function connectClients(cluster: Cluster) {
  const clients = [];
  for (const userId of ["a", "b", "c", "d"]) clients.push(await cluster.connect(userId));
  return clients;
}
