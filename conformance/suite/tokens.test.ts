// Tokens that expire: how a client gets the next one, and what happens without one.
import { expect, it } from "vitest";
import type { Driver, DriverCall, DriverError } from "../stack/driver.js";
import { eachPair, type Pair } from "./pairs.js";

/** Long enough to connect with, in seconds; as tokens count whole seconds, perhaps one less. */
const SHORT = 2;

let lastKey = 0;

/** A call that has begun and does not end before `release`. */
async function heldCall(pair: Pair, client: Driver) {
  const { events } = pair.stack();
  const key = `token-${++lastKey}`;
  const call = client.call("slow.held", { key });
  await events.next("started", key);
  return { call, release: () => events.add("released", key) };
}

/** With which code a call ended. */
async function codeOf(call: DriverCall): Promise<number | undefined> {
  return await call.result.then(
    () => undefined,
    (error: DriverError) => error.code,
  );
}

/** The codes of a call that was sent and of two later ones. */
async function codesAtTheEnd(client: Driver, sent: DriverCall) {
  const first = await codeOf(sent);
  const later = [client.call("echo", {}), client.call("echo", {})];
  return [first, ...(await Promise.all(later.map(codeOf)))];
}

const END = [409, 401, 401];

eachPair((pair) => {
  const tokenFor = (expiresIn: number) => pair.stack().token("42", { expiresIn });
  const sum = (client: Driver) => client.call("math.add", { a: 20, b: 22 }).result;

  /** Connected with tokens that soon expire; what each gets after that is an argument. */
  async function withShortTokens<Next extends (readonly string[] | undefined)[]>(
    ...next: Next
  ): Promise<{ [Index in keyof Next]: Driver }> {
    // Drivers take their time to start, which would be that of the tokens.
    const clients = await Promise.all(next.map(() => pair.connected()));
    await Promise.all(clients.map((client) => client.disconnect()));
    const token = await tokenFor(SHORT);
    const { url } = pair.stack();
    await Promise.all(
      clients.map((client, index) => client.connect(url, token, "42", next[index])),
    );
    return clients as { [Index in keyof Next]: Driver };
  }

  it("requests a token if it has none", async () => {
    const client = await pair.driver();
    await client.connect(pair.stack().url, "", "42", [await tokenFor(60)]);
    expect(await sum(client)).toEqual({ sum: 42 });
  });

  it("requests a token if its own has expired", async () => {
    const client = await pair.driver();
    await client.connect(pair.stack().url, await tokenFor(-5), "42", [await tokenFor(60)]);
    expect(await sum(client)).toEqual({ sum: 42 });
  });

  it.each([
    ["no token", async () => "", undefined],
    ["no token, and gets none", async () => "", []],
    ["an expired token, and gets none", () => tokenFor(-5), []],
    ["no token, and gets a wrong one", async () => "", ["nonsense"]],
  ])("does not connect when it has %s", async (_, token, tokens) => {
    const client = await pair.driver();
    await expect(
      client.connect(pair.stack().url, await token(), "42", tokens),
    ).rejects.toMatchObject({ kind: "connection" });
  });

  it("refreshes the connection before it expires, and a running call continues", async () => {
    const { network } = pair.stack();
    const refreshed = network.nextFromServer('"refresh":');
    const [client] = await withShortTokens([await tokenFor(60)]);
    const connections = network.connections;
    const held = await heldCall(pair, client);
    await refreshed;
    expect(await sum(client)).toEqual({ sum: 42 });
    held.release();
    expect(await held.call.result).toMatchObject({ key: expect.any(String) });
    expect(network.connections).toBe(connections);
  });

  it("ends with its token if it gets no other, and does not reconnect", async () => {
    const { network } = pair.stack();
    const clients = await withShortTokens(undefined, []);
    const calls = await Promise.all(clients.map((client) => heldCall(pair, client)));
    const connections = network.connections;
    const ends = clients.map((client, index) => codesAtTheEnd(client, calls[index]!.call));
    expect(await Promise.all(ends)).toEqual([END, END]);
    expect(network.connections).toBe(connections);
  });

  it("ends when its token is revoked, and can connect with another", async () => {
    const { network, url } = pair.stack();
    const client = await pair.driver();
    await client.connect(url, await tokenFor(60), "42", [await tokenFor(60)]);
    const connections = network.connections;
    const { call } = await heldCall(pair, client);
    const disconnect = { code: 3500, reason: "revoked" };
    await pair.stack().api("disconnect", { user: "42", disconnect });
    expect(await codesAtTheEnd(client, call)).toEqual(END);
    expect(network.connections).toBe(connections);
    await client.connect(url, await tokenFor(60), "42");
    expect(await sum(client)).toEqual({ sum: 42 });
  });

  it("reconnects with another token after a network failure, or ends", async () => {
    const { network } = pair.stack();
    const [renewed, left] = await withShortTokens([await tokenFor(60)], undefined);
    network.refuse(true);
    network.drop();
    // The passing of time has no event.
    await new Promise((resolve) => setTimeout(resolve, SHORT * 1000));
    const calls = [sum(renewed), codeOf(left.call("echo", {}))];
    network.refuse(false);
    expect(await Promise.all(calls)).toEqual([{ sum: 42 }, 401]);
  });
});
