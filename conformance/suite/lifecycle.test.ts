// The time between a call and its end: deferred replies, deadlines, cancellation, lost connections.
import { expect, it } from "vitest";
import { eachBrokerWithPythonHandlers, eachPair, type Pair } from "./pairs.js";

let lastKey = 0;
const newKey = (): string => `key-${++lastKey}`;

eachPair(cases);
eachBrokerWithPythonHandlers(cases);

function cases(pair: Pair): void {
  it("receives a result after the inline time", async () => {
    const client = await pair.connected();
    const key = newKey();
    const call = client.call("slow.held", { key });
    await pair.stack().events.next("pending", key);
    pair.stack().events.add("released", key);
    expect(await call.result).toEqual({ key });
  });

  it("receives an error after the inline time", async () => {
    const client = await pair.connected();
    const key = newKey();
    const call = client.call("slow.held", { key, fail: true });
    await pair.stack().events.next("pending", key);
    pair.stack().events.add("released", key);
    await expect(call.result).rejects.toMatchObject({ kind: "rpc", code: 1002 });
  });

  it("does not delay other calls behind a slow one", async () => {
    const client = await pair.connected();
    const key = newKey();
    const slow = client.call("slow.held", { key });
    await pair.stack().events.next("started", key);
    expect(await client.call("math.add", { a: 1, b: 2 }).result).toEqual({ sum: 3 });
    pair.stack().events.add("released", key);
    expect(await slow.result).toEqual({ key });
  });

  it("ends a call at its deadline with 408, and stops the handler", async () => {
    const client = await pair.connected();
    const key = newKey();
    const call = client.call("slow.held", { key }, 300);
    await expect(call.result).rejects.toMatchObject({ kind: "rpc", code: 408 });
    await pair.stack().events.next("aborted", key);
  });

  it("cancels a call: the caller continues at once, and the handler stops", async () => {
    const client = await pair.connected();
    const key = newKey();
    const call = client.call("slow.held", { key });
    await pair.stack().events.next("started", key);
    await client.cancel(call);
    await expect(call.result).rejects.toMatchObject({ kind: "cancelled" });
    await pair.stack().events.next("aborted", key);
    expect(await client.call("math.add", { a: 1, b: 1 }).result).toEqual({ sum: 2 });
  });

  it.each(["after a reconnect", "while the client is away"])(
    "keeps a call whose connection is lost, and ends it %s",
    async (when) => {
      const client = await pair.connected();
      const { events, network } = pair.stack();
      const key = newKey();
      const call = client.call("slow.held", { key });
      await events.next("started", key);
      network.refuse(when === "while the client is away");
      network.drop();
      if (when === "after a reconnect") await client.call("echo", {}).result;
      events.add("released", key);
      network.refuse(false);
      expect(await call.result).toEqual({ key });
      expect(events.count("started", key)).toBe(1);
    },
  );

  it("keeps a call that is made while the connection is down until it is back", async () => {
    const client = await pair.connected();
    const { network } = pair.stack();
    network.refuse(true);
    network.drop();
    // Ends when the client has noticed the loss: it cannot send this call any more.
    await expect(client.call("echo", {}, 200).result).rejects.toMatchObject({ kind: "rpc" });
    const call = client.call("math.add", { a: 20, b: 22 });
    network.refuse(false);
    expect(await call.result).toEqual({ sum: 42 });
  });

  it("ends a call that could not be sent in its time with 503", async () => {
    const client = await pair.connected();
    const { network } = pair.stack();
    network.refuse(true);
    network.drop();
    await expect(client.call("echo", {}, 200).result).rejects.toMatchObject({ kind: "rpc" });
    await expect(client.call("echo", {}, 200).result).rejects.toMatchObject({
      kind: "rpc",
      code: 503,
    });
    network.refuse(false);
    expect(await client.call("math.add", { a: 1, b: 1 }).result).toEqual({ sum: 2 });
  });

  it("continues after many lost connections", async () => {
    const client = await pair.connected();
    for (let round = 1; round <= 5; round++) {
      pair.stack().network.drop();
      const params = { a: round, b: 1 };
      // The first call may leave before the client has noticed the loss.
      await client.call("math.add", params).result.catch(() => undefined);
      expect(await client.call("math.add", params).result).toEqual({ sum: round + 1 });
    }
  });

  it("ends pending calls when the client disconnects, and refuses later ones with 503", async () => {
    const client = await pair.connected();
    const key = newKey();
    const call = client.call("slow.held", { key });
    await pair.stack().events.next("started", key);
    await client.disconnect();
    await expect(call.result).rejects.toMatchObject({ code: 499 });
    await expect(client.call("echo", {}).result).rejects.toMatchObject({ kind: "rpc", code: 503 });
    pair.stack().events.add("released", key);
  });

  it("ends a call with 409 when the server disconnects the user, and later ones with 503", async () => {
    const client = await pair.connected("out");
    const key = newKey();
    const call = client.call("slow.held", { key });
    await pair.stack().events.next("started", key);
    await pair.stack().api("disconnect", { user: "out" });
    await expect(call.result).rejects.toMatchObject({ kind: "rpc", code: 409 });
    await expect(client.call("echo", {}).result).rejects.toMatchObject({ kind: "rpc", code: 503 });
    pair.stack().events.add("released", key);
  });
}
