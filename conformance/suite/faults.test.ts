// Faults that a client must notice or survive by itself: docs/protocol.md.
import { expect, it } from "vitest";
import { eachClientOnRedis, eachPair } from "./pairs.js";

eachPair((pair) => {
  it("replaces a connection that carries nothing any more while a call waits", async () => {
    const client = await pair.connected();
    const call = client.call("slow.held", { key: "silent" });
    await pair.stack().events.next("started", "silent");
    pair.stack().network.freeze();
    expect(await client.call("math.add", { a: 1, b: 1 }).result).toEqual({ sum: 2 });
    pair.stack().events.add("released", "silent");
    expect(await call.result).toEqual({ key: "silent" });
  });

  it.each([429, 503])("sends a call again that was refused: %d", async (code) => {
    const client = await pair.connected();
    pair.stack().refuseNext("math.add", code);
    expect(await client.call("math.add", { a: 1, b: 1 }).result).toEqual({ sum: 2 });
  });

  it("runs calls with the same idempotency key once", async () => {
    const [first, second] = await Promise.all([pair.connected("7"), pair.connected("7")]);
    const { events } = pair.stack();
    const params = { key: "once" };
    const call = first.call("slow.held", params, undefined, "a key");
    await events.next("started", "once");
    events.add("released", "once");
    expect(await call.result).toEqual(params);
    // If it ran again, it would not end.
    expect(await second.call("slow.held", params, undefined, "a key").result).toEqual(params);
    const other = second.call("slow.held", { key: "other" }, undefined, "a key");
    await expect(other.result).rejects.toMatchObject({
      kind: "rpc",
      code: 400,
      details: { idempotency_mismatch: true },
    });
  });

  it.each([429, 503])("acknowledges again after a temporary refusal: %d", async (code) => {
    const client = await pair.connected();
    await client.subscribe("events:acknowledged");
    pair.stack().refuseNext("$rpc.ack", code);
    const { publisher } = pair.stack();
    const result = await publisher.publishWithAck("events:acknowledged", code, { timeout: 30 });
    expect(result).toMatchObject({ status: "success", acksReceived: 1 });
  });

  it("continues after an error callback that fails", async () => {
    const client = await pair.connected();
    const { events } = await client.subscribe("events:failing", 1, true);
    const { publisher } = pair.stack();
    await publisher.publish("events:failing", "x");
    const result = await publisher.publishWithAck("events:failing", "y", { timeout: 30 });
    expect(result).toMatchObject({ status: "success" });
    const expected = [{ error: { kind: "unexpected" } }, { data: "y" }];
    await expect.poll(() => events).toMatchObject(expected);
    expect(await client.call("math.add", { a: 1, b: 1 }).result).toEqual({ sum: 2 });
  });

  it("subscribes again at once after a refusal, and after the server ended a subscription", async () => {
    const client = await pair.connected();
    for (let attempt = 1; attempt <= 2; attempt++) {
      const refused = client.subscribe("user#7");
      await expect(refused).rejects.toMatchObject({ kind: "rpc", code: 403 });
    }
    const { events } = await client.subscribe("events:again");
    await pair.stack().api("unsubscribe", { user: "42", channel: "events:again" });
    await expect.poll(() => events).toMatchObject([{ error: { kind: "rpc", code: 403 } }]);
    const again = await client.subscribe("events:again");
    await pair.stack().publisher.publish("events:again", "x");
    await expect.poll(() => again.events).toMatchObject([{ data: "x" }]);
  });
});

eachClientOnRedis((pair, restartRedis) => {
  it("receives what was published after Redis had lost the channels' history", async () => {
    const client = await pair.connected();
    const { events: news } = await client.subscribe("events:news");
    const { events, publisher } = pair.stack();
    const call = client.call("slow.held", { key: "reply" });
    await events.next("pending", "reply");
    await restartRedis();
    events.add("released", "reply");
    await publisher.publish("events:news", "first");
    let result: unknown;
    void call.result.then((value) => (result = value));
    // Centrifugo compares a client's position when something is published.
    const publishMore = async () => {
      await Promise.all(["user#42", "events:news"].map((name) => publisher.publish(name, "more")));
      return [result, news[0]?.data];
    };
    await expect.poll(publishMore).toEqual([{ key: "reply" }, "first"]);
  });
});
