// What a caller receives: its own results and errors, and nothing of another caller.
import { expect, it } from "vitest";
import { eachBrokerWithPythonHandlers, eachPair, type Pair } from "./pairs.js";

eachPair(cases);
eachBrokerWithPythonHandlers(cases);

function cases(pair: Pair): void {
  it("returns the result of a call", async () => {
    const client = await pair.connected();
    expect(await client.call("math.add", { a: 19, b: 23 }).result).toEqual({ sum: 42 });
  });

  it("carries every kind of JSON value in both directions", async () => {
    const client = await pair.connected();
    const params = {
      text: 'quote " backslash \\ newline \n tab \t < > & é 日本 🏓 \u2028',
      numbers: [0, -1, 1.5, 1e-7, 9007199254740991],
      nothing: null,
      flags: [true, false],
      nested: { list: [{ deep: [[], {}] }] },
      "": "an empty key",
    };
    expect(await client.call("echo", params).result).toEqual(params);
  });

  it("identifies the caller by the token, whatever the params say", async () => {
    const driver = await pair.driver();
    const token = await pair.stack().token("anna", { meta: { tenant: 7 } });
    await driver.connect(pair.stack().url, token, "anna");
    expect(await driver.call("who_am_i", { userId: "ben", user: "ben" }).result).toEqual({
      userId: "anna",
      transport: "websocket",
      meta: { tenant: 7 },
      method: "who_am_i",
    });
  });

  it("returns its own result to each of 1,000 concurrent calls on one connection", async () => {
    const client = await pair.connected();
    const nonces = Array.from({ length: 1000 }, (_, index) => `nonce-${index}`);
    const answers = await Promise.all(nonces.map((nonce) => client.call("echo", { nonce }).result));
    expect(answers).toEqual(nonces.map((nonce) => ({ nonce })));
  });

  it("replies separately to each connection of a user", async () => {
    const [first, second] = await Promise.all([pair.connected("7"), pair.connected("7")]);
    const calls = [first.call("echo", { from: 1 }), second.call("echo", { from: 2 })];
    expect(await Promise.all(calls.map((call) => call.result))).toEqual([{ from: 1 }, { from: 2 }]);
  });

  it("ends a call of an unknown method with 404", async () => {
    const client = await pair.connected();
    await expect(client.call("math.nope", {}).result).rejects.toMatchObject({
      kind: "rpc",
      code: 404,
      message: 'no method "math.nope"',
    });
  });

  it("ends a call with wrong params with 400 and the issues", async () => {
    const client = await pair.connected();
    await expect(client.call("math.add", { a: "1", b: 2 }).result).rejects.toMatchObject({
      kind: "rpc",
      code: 400,
      details: { issues: [{ path: ["a"], message: expect.any(String) }] },
    });
  });

  it("passes on the error that a handler throws for the caller", async () => {
    const client = await pair.connected();
    await expect(client.call("fail.application", {}).result).rejects.toMatchObject({
      kind: "rpc",
      code: 1001,
      message: "quota used up",
      details: { limit: 10 },
    });
  });

  it("hides the cause when a handler fails, and continues", async () => {
    const client = await pair.connected();
    for (const method of ["fail.unexpected", "fail.result"]) {
      await expect(client.call(method, {}).result).rejects.toMatchObject({
        kind: "rpc",
        code: 500,
        message: "The handler failed: the cause is in the server's log.",
      });
    }
    expect(await client.call("math.add", { a: 1, b: 1 }).result).toEqual({ sum: 2 });
  });

  it("refuses a call that is larger than a message may be, and keeps the connection", async () => {
    const client = await pair.connected();
    const large = { text: "x".repeat(10 * 1024 * 1024) };
    await expect(client.call("echo", large).result).rejects.toMatchObject({
      kind: "rpc",
      code: 413,
    });
    expect(await client.call("math.add", { a: 1, b: 1 }).result).toEqual({ sum: 2 });
  });

  it("carries a call just below the limit", async () => {
    const client = await pair.connected();
    const params = { text: "x".repeat(900 * 1024) };
    expect(await client.call("echo", params).result).toEqual(params);
  });
}
