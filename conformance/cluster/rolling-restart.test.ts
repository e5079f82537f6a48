// What callers see when the gateways are restarted one after the other under load: nothing.
import { afterAll, beforeAll, expect, it } from "vitest";
import { startCluster, type Cluster } from "./cluster.js";
import { runLoad } from "./load.js";
import { describeCluster } from "./programs.js";

describeCluster("its gateways are restarted one after the other", (programs) => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster(programs, { api: "any node" });
  });
  afterAll(() => cluster?.close());

  it("costs no call, inline or deferred, behind a balancer that checks /ready", async () => {
    const clients = [];
    for (const userId of ["a", "b", "c", "d"]) clients.push(await cluster.connect(userId));
    const before = cluster.gateways.map(({ pid }) => pid);
    const restartBoth = async (): Promise<void> => {
      await cluster.restartGateway(0);
      await cluster.restartGateway(1);
    };
    const incident = { at: 500, run: restartBoth };
    // Few at once, so that the balancer, which is in this process, is as prompt as a real one.
    const load = { calls: 1000, atOnce: 5, deferred: true, incident };
    const outcomes = await runLoad(clients, load);
    expect(outcomes.kinds()).toEqual(["own result"]);
    const after = cluster.gateways.map(({ pid }) => pid);
    expect(outcomes.gateways()).toEqual(expect.arrayContaining([...before, after[0]]));
    expect(after).not.toEqual(expect.arrayContaining([before[0]]));
    const afterwards = await runLoad(clients, { calls: 100 });
    expect(afterwards.kinds()).toEqual(["own result"]);
  });
});
