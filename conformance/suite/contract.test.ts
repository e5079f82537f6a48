// What a client learns about a server with another contract: docs/protocol.md, section 10.
import { expect, it } from "vitest";
import { clientContract } from "../../src/contract/index.js";
import { eachBrokerWithPythonHandlers, eachPair, type Pair } from "./pairs.js";

/** The contract of a client that was generated long ago. */
const longAgo = (server: ReturnType<typeof clientContract>) => ({
  hash: "sha256-old",
  methods: server.methods.map((method) => {
    switch (method.name) {
      case "math.add":
        return { ...method, hash: "sha256-add", params: { type: "object" } };
      case "fail.result":
        return { ...method, hash: "sha256-result", idempotent: true };
      case "echo":
        return { ...method, name: "echo.old" };
      default:
        return method;
    }
  }),
});

eachPair(cases);
eachBrokerWithPythonHandlers(cases);

function cases(pair: Pair): void {
  it("learns which methods have changed, and can call the others", async () => {
    const client = await pair.driver();
    const { url, token, contract } = pair.stack();
    const server = clientContract(contract());
    const old = longAgo(server);
    const events = await client.connectWithContract(url, await token("42"), "42", old);
    const methods = { "math.add": "changed", "fail.result": "changed", "echo.old": "removed" };
    const mismatch = { server_hash: server.hash, methods };
    await expect.poll(() => events).toEqual([{ mismatch }]);
    expect(await client.call("math.add", { a: 1, b: 2 }).result).toEqual({ sum: 3 });
  });

  it("learns nothing from a server with the same contract", async () => {
    const client = await pair.driver();
    const { url, token, contract } = pair.stack();
    const server = clientContract(contract());
    const events = await client.connectWithContract(url, await token("42"), "42", server);
    expect(await client.call("math.add", { a: 1, b: 2 }).result).toEqual({ sum: 3 });
    expect(events).toEqual([]);
  });
}
