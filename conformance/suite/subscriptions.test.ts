// Publications with and without acknowledgement: docs/protocol.md, section 9.
import { expect, it } from "vitest";
import type { Driver } from "../stack/driver.js";
import { eachBroker, eachPair } from "./pairs.js";

let lastChannel = 0;
const newChannel = (): string => `events:case-${++lastChannel}`;

eachPair((pair) => {
  const publisher = () => pair.stack().publisher;

  /** Clients that are subscribed to a new channel. */
  async function subscribed(drivers: Promise<Driver>[], failures = 0) {
    const channel = newChannel();
    const clients = await Promise.all(drivers);
    const subscriptions = await Promise.all(
      clients.map((client) => client.subscribe(channel, failures)),
    );
    return { channel, clients, subscriptions, events: subscriptions[0]!.events };
  }

  it("receives publications in order", async () => {
    const { channel, events } = await subscribed([pair.connected()]);
    for (const n of [1, 2, 3]) await publisher().publish(channel, { n });
    const expected = [1, 2, 3].map((n) => ({ data: { n }, message_id: null }));
    await expect.poll(() => events).toEqual(expected);
  });

  it("receives publications on the user's own channel", async () => {
    const client = await pair.connected();
    const { events } = await client.subscribe("user#42");
    expect(await client.call("math.add", { a: 1, b: 2 }).result).toEqual({ sum: 3 });
    const { status } = await publisher().publishWithAck("user#42", "mine");
    expect(status).toBe("success");
    await expect.poll(() => events).toMatchObject([{ data: "mine" }]);
  });

  it("ends on the user's own channel with unsubscribe(), and deferred replies still arrive", async () => {
    const client = await pair.connected();
    const ended = await client.subscribe("user#42");
    await ended.unsubscribe();
    await publisher().publish("user#42", "x");
    const call = client.call("slow.held", { key: "own-channel" });
    await pair.stack().events.next("pending", "own-channel");
    pair.stack().events.add("released", "own-channel");
    expect(await call.result).toEqual({ key: "own-channel" });
    const again = await client.subscribe("user#42");
    await publisher().publish("user#42", "y");
    await expect.poll(() => again.events).toMatchObject([{ data: "y" }]);
    expect(ended.events).toEqual([]);
  });

  it("acknowledges when the callback has returned", async () => {
    const { channel, events } = await subscribed([pair.connected()]);
    const result = await publisher().publishWithAck(channel, "x", { timeout: 10 });
    expect(result).toMatchObject({ status: "success", acksReceived: 1, acksExpected: 1 });
    await expect.poll(() => events).toEqual([{ data: "x", message_id: result.messageId }]);
  });

  it("acknowledges for each client that is present", async () => {
    const { channel } = await subscribed([
      pair.connected("1"),
      pair.connected("1"),
      pair.connected("2"),
    ]);
    const result = await publisher().publishWithAck(channel, "x", { acks: "all", timeout: 10 });
    expect(result).toMatchObject({ status: "success", acksReceived: 3, acksExpected: 3 });
  });

  it("does not acknowledge for a callback that fails", async () => {
    const { channel, events } = await subscribed([pair.connected()], 1);
    const failed = await publisher().publishWithAck(channel, "x", { timeout: 0.3 });
    expect(failed).toMatchObject({ status: "timeout", delivered: false, acksReceived: 0 });
    await expect.poll(() => events).toMatchObject([{ error: { kind: "unexpected" } }]);
    const next = await publisher().publishWithAck(channel, "y", { timeout: 10 });
    expect(next.status).toBe("success");
  });

  it("reports a partial success if only some acknowledge", async () => {
    const { channel, clients } = await subscribed([pair.connected("1"), pair.connected("2")]);
    expect(clients).toHaveLength(2);
    const result = await publisher().publishWithAck(channel, "x", { acks: 3, timeout: 1.5 });
    expect(result).toMatchObject({ status: "partial", acksReceived: 2, acksExpected: 3 });
  });

  it("continues after a lost connection with missed publications, and acknowledges them", async () => {
    const { channel, events } = await subscribed([pair.connected()]);
    await publisher().publish(channel, "before");
    await expect.poll(() => events.length).toBe(1);
    pair.stack().network.refuse(true);
    pair.stack().network.drop();
    const result = publisher().publishWithAck(channel, "missed", { timeout: 30 });
    pair.stack().network.refuse(false);
    expect(await result).toMatchObject({ status: "success", acksReceived: 1 });
    // The driver may tell of it after the gateway has heard of it.
    await expect.poll(() => events.map((event) => event.data)).toEqual(["before", "missed"]);
  });

  it("ends with unsubscribe()", async () => {
    const { channel, clients, subscriptions, events } = await subscribed([pair.connected()]);
    await subscriptions[0]!.unsubscribe();
    await publisher().publish(channel, "x");
    expect(await clients[0]!.call("math.add", { a: 1, b: 2 }).result).toEqual({ sum: 3 });
    expect(events).toEqual([]);
    const again = await clients[0]!.subscribe(channel);
    await publisher().publish(channel, "y");
    await expect.poll(() => again.events).toMatchObject([{ data: "y" }]);
  });

  it("refuses another user's channel and a channel that does not exist", async () => {
    const client = await pair.connected();
    for (const channel of ["user#7", "nothing:here"]) {
      const refused = client.subscribe(channel);
      await expect(refused).rejects.toMatchObject({ kind: "rpc", code: 403 });
    }
  });

  it("reports that the server has ended it", async () => {
    const { channel, events } = await subscribed([pair.connected()]);
    await pair.stack().api("unsubscribe", { user: "42", channel });
    await expect.poll(() => events).toMatchObject([{ error: { kind: "rpc", code: 403 } }]);
  });
});

eachBroker((stack) => {
  it("a publication that nobody acknowledges times out", async () => {
    const result = await stack().publisher.publishWithAck(newChannel(), "x", { timeout: 0.1 });
    expect(result).toMatchObject({ published: true, delivered: false, status: "timeout" });
  });

  it("a publication to a channel that does not exist fails", async () => {
    const result = await stack().publisher.publishWithAck("nothing:here", "x", { timeout: 5 });
    expect(result).toMatchObject({ published: false, delivered: false, status: "failed" });
  });
});
