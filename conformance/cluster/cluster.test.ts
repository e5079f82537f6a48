// Two Centrifugo nodes on one Redis and two gateways, each behind a balancer, in fair weather.
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { startCluster, type Cluster } from "./cluster.js";
import { connectPlainly, type PlainConnection } from "./plain-connection.js";
import { describeCluster } from "./programs.js";

let lastKey = 0;
const newKey = (): string => `key-${++lastKey}`;

describeCluster("all parts run", (programs) => {
  let cluster: Cluster;
  const connections: PlainConnection[] = [];
  beforeAll(async () => {
    cluster = await startCluster(programs, { api: "first node" });
  });
  afterEach(() => {
    cluster.gatewayBalancer.all();
    for (const connection of connections.splice(0)) connection.close();
  });
  afterAll(() => cluster?.close());

  async function plainly(userId: string, node: 0 | 1): Promise<PlainConnection> {
    const { url } = cluster.nodes[node];
    const connection = await connectPlainly(url, await cluster.token(userId), userId);
    connections.push(connection);
    return connection;
  }

  /** Has all requests from now on answered by this gateway. Nothing may be under way. */
  async function useGateway(index: 0 | 1): Promise<void> {
    cluster.gatewayBalancer.only(cluster.gateways[index].port);
    await cluster.gatewayBalancer.drain();
  }

  it("answers clients on either node, and spreads their calls over the gateways", async () => {
    for (const node of cluster.nodes) {
      const client = await cluster.connect("42", node.url);
      // Long enough that many of them need a connection to a gateway at the same time.
      const nonces = Array.from({ length: 200 }, (_, index) => `nonce-${index}`);
      const answers = await Promise.all(
        nonces.map((nonce) => client.call("echo", { nonce, delay_ms: 20 })),
      );
      expect(answers.map(({ nonce }) => nonce)).toEqual(nonces);
      expect(new Set(answers.map(({ gateway }) => gateway))).toEqual(
        new Set(cluster.gateways.map(({ pid }) => pid)),
      );
    }
  });

  it("carries a deferred reply to a client on the node that was not told of it", async () => {
    const [gateway] = cluster.gateways;
    const client = await cluster.connect("42", cluster.nodes[1].url);
    await useGateway(0);
    const key = newKey();
    const call = client.call("held", { key });
    await gateway.events.next("pending", key);
    gateway.release(key);
    expect(await call).toEqual({ key });
  });

  it("carries what is published on one node to subscribers on both", async () => {
    const subscribers = [await plainly("7", 0), await plainly("7", 1)];
    const reply = await cluster.nodes[0].api("publish", { channel: "user#7", data: { n: 1 } });
    expect(reply).toMatchObject({ result: { offset: expect.any(Number) } });
    for (const subscriber of subscribers) {
      await subscriber.published(1);
      expect(subscriber.publications).toEqual([{ n: 1 }]);
    }
  });

  it("cancels through the other gateway", async () => {
    const [first, second] = cluster.gateways;
    const client = await cluster.connect("42", cluster.nodes[0].url);
    await useGateway(0);
    const key = newKey();
    const abort = new AbortController();
    const call = client.call("held", { key }, { signal: abort.signal });
    await first.events.next("started", key);
    // The one open connection is in use by the call itself: the cancellation needs a new one.
    cluster.gatewayBalancer.only(second.port);
    const before = cluster.gatewayBalancer.accepted(second.port);
    abort.abort();
    await expect(call).rejects.toMatchObject({ code: 499 });
    await first.events.next("aborted", key);
    expect(cluster.gatewayBalancer.accepted(second.port)).toBe(before + 1);
  });

  it("cancels a deferred call through the other gateway, which says whether it found it", async () => {
    const [first] = cluster.gateways;
    const connection = await plainly("8", 0);
    await useGateway(0);
    const key = newKey();
    const call = { $rpc: 1, correlation_id: key };
    expect(await connection.rpc("held", { ...call, params: { key } })).toMatchObject({
      pending: true,
    });
    await useGateway(1);
    expect(await connection.rpc("$rpc.cancel", call)).toEqual({ $rpc: 1, cancelled: true });
    await first.events.next("aborted", key);
    await connection.published(1);
    expect(connection.publications).toMatchObject([{ correlation_id: key, error: { code: 499 } }]);
    await expect
      .poll(() => connection.rpc("$rpc.cancel", call))
      .toEqual({ $rpc: 1, cancelled: false });
  });

  it("runs a call once when its second sending reaches the other gateway", async () => {
    const [first, second] = cluster.gateways;
    const sender = await plainly("9", 0);
    const again = await plainly("9", 1);
    await useGateway(0);
    const key = newKey();
    const call = { $rpc: 1, correlation_id: key, params: { key } };
    const reply = sender.rpc("held", call);
    await first.events.next("started", key);
    cluster.gatewayBalancer.only(second.port);
    const pending = { $rpc: 1, correlation_id: key, pending: true };
    expect(await again.rpc("held", { ...call, attempt: 2 })).toEqual(pending);
    first.release(key);
    const result = { $rpc: 1, correlation_id: key, result: { key } };
    // Inline, unless this machine was slower than the inline time.
    expect([result, pending]).toContainEqual(await reply);
    for (const connection of [sender, again]) {
      await connection.published(1);
      expect(connection.publications).toEqual([result]);
    }
    expect([first.runs(key), second.runs(key)]).toEqual([1, 0]);
  });

  it("waits in one gateway for acknowledgements that reach the other", async () => {
    await useGateway(1);
    const received: unknown[] = [];
    for (const [user, node] of Object.entries({ 42: cluster.nodes[0], 43: cluster.nodes[1] })) {
      const client = await cluster.connect(user, node.url);
      await client.subscribe("events:shared", (data) => void received.push(data));
    }
    const publisher = cluster.publisher(0);
    const all = { acks: "all", timeout: 10 } as const;
    expect(await publisher.publishWithAck("events:shared", "all", all)).toMatchObject({
      acksReceived: 2,
      acksExpected: 2,
      status: "success",
    });
    expect(received).toEqual(["all", "all"]);
    const more = { acks: 3, timeout: 1 };
    expect(await publisher.publishWithAck("events:shared", "more", more)).toMatchObject({
      acksReceived: 2,
      status: "partial",
    });
  });
});
