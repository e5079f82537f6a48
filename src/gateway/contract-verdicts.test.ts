import { describe, expect, it } from "vitest";
import { contractHash, methodHash } from "../contract/index.js";
import type { Contract, ContractMethod } from "../protocol/index.js";
import { createRouter, Registry } from "../handlers/index.js";
import { ContractVerdicts } from "./contract-verdicts.js";
import { createGateway } from "./gateway.js";

const object = (properties: object, required: string[] = []) => ({
  type: "object",
  properties,
  required,
});
const text = { type: "string" };
const METHODS: ContractMethod[] = [
  { name: "a", params: object({ x: text }), result: text },
  { name: "b", params: object({ x: text, y: text }, ["x", "y"]) },
];
const CONTRACT: Contract = { contract: 1, methods: METHODS };
/** As an older client has them. */
const OLD_A = { params: object({}), result: text };
const OLD_B = { params: object({ x: text }, ["x"]) };

const check = (contract: Contract | (() => Contract | undefined) = CONTRACT) =>
  new ContractVerdicts(contract);
const ask = async (methods: object, to = check()) =>
  (await to.reply({ $rpc: 1, methods })).verdicts;

describe("the contract check", () => {
  it("says nothing of methods that are the same", async () => {
    expect(await ask({ a: methodHash(METHODS[0]!), b: METHODS[1]! })).toEqual({});
  });

  it("asks for what it does not know, judges it, and knows it from then on", async () => {
    const one = check();
    const hashes = { a: methodHash(OLD_A), b: methodHash(OLD_B), gone: "sha256-x" };
    expect(await ask(hashes, one)).toEqual({ a: "unknown", b: "unknown", gone: "removed" });
    expect(await ask({ a: OLD_A, b: OLD_B }, one)).toEqual({ a: "compatible", b: "changed" });
    expect(await ask(hashes, one)).toEqual({ a: "compatible", b: "changed", gone: "removed" });
  });

  it("remembers by its own hash, whatever a client calls a method's form", async () => {
    const one = check();
    await ask({ b: OLD_B }, one);
    expect(await ask({ b: methodHash(OLD_A) }, one)).toEqual({ b: "unknown" });
  });

  it("follows the contract when handlers are loaded anew", async () => {
    let now: Contract = CONTRACT;
    const one = check(() => now);
    expect(one.hash()).toBe(contractHash(CONTRACT));
    expect(await ask({ a: OLD_A }, one)).toEqual({ a: "compatible" });
    now = { contract: 1, methods: [] };
    expect(one.hash()).toBe(contractHash(now));
    expect(await ask({ a: OLD_A }, one)).toEqual({ a: "removed" });
  });

  it("has no hash and no verdicts without a contract", async () => {
    const none = check(() => undefined);
    expect(none.hash()).toBeUndefined();
    await expect(ask({}, none)).rejects.toMatchObject({ code: 503 });
  });

  it.each([{}, { methods: 1 }, { methods: { a: 1 } }, { methods: { a: { params: 1 } } }])(
    "refuses %j",
    (data) => {
      const call = () => check().reply({ $rpc: 1, ...data });
      expect(call).toThrowError(expect.objectContaining({ code: 400 }));
    },
  );

  it("forgets the form that was asked for least lately when there are too many", async () => {
    const one = check();
    const form = (n: number) => ({ params: object({ x: text, [`old${n}`]: text }) });
    for (let n = 0; n < 10_000; n++) await ask({ a: form(n) }, one);
    await ask({ a: form(0) }, one);
    await ask({ a: form(10_000) }, one);
    expect(await ask({ a: methodHash(form(1)) }, one)).toEqual({ a: "unknown" });
    expect(await ask({ a: methodHash(form(0)) }, one)).toEqual({ a: "compatible" });
  });

  it("lets other work go on between two methods", async () => {
    const done: string[] = [];
    const reply = ask({ a: OLD_A, b: OLD_B }).then(() => done.push("reply"));
    setImmediate(() => done.push("other"));
    await reply;
    expect(done).toEqual(["other", "reply"]);
  });

  it("judges hostile schemas without failing", async () => {
    let deep: object = {};
    for (let depth = 0; depth < 5000; depth++) deep = { items: deep };
    const loop = { $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/a" } } };
    const polluted = JSON.parse('{"__proto__": {"type": "string"}}') as object;
    for (const params of [deep, loop, polluted, { pattern: "(" }]) {
      expect(await ask({ a: { ...OLD_A, params } })).toEqual({ a: "changed" });
    }
    expect(
      await ask(JSON.parse(`{"__proto__": "sha256-x", "constructor": "x"}`) as object),
    ).toEqual({
      constructor: "removed",
    });
  });
});

describe("a gateway", () => {
  const connection = { client: "c1", transport: "websocket", protocol: "json", encoding: "json" };
  const rpc = (method: string, data: unknown) => ({ ...connection, user: "42", method, data });
  const gateway = (contract?: () => Contract) =>
    createGateway({
      router: createRouter(new Registry()),
      publisher: { publish: async () => undefined },
      ...(contract ? { contract } : {}),
    });

  it("with a contract says its hash at connecting, and answers $rpc.contract", async () => {
    const one = gateway(() => CONTRACT);
    expect(await one.rpc(rpc("$rpc.hello", { $rpc: 1 }))).toMatchObject({
      result: { data: { contract: contractHash(CONTRACT) } },
    });
    expect(await one.rpc(rpc("$rpc.contract", { $rpc: 1, methods: { a: OLD_A } }))).toEqual({
      result: { data: { $rpc: 1, verdicts: { a: "compatible" } } },
    });
    expect(await one.rpc(rpc("$rpc.contract", { $rpc: 1 }))).toMatchObject({
      error: { code: 400 },
    });
    const methods = { a: 1, b: { errors: Array(2000).fill(0) } };
    expect(await one.rpc(rpc("$rpc.contract", { $rpc: 1, methods }))).toMatchObject({
      error: { code: 400 },
    });
  });

  it("without one says nothing of it", async () => {
    const { result } = await gateway().rpc(rpc("$rpc.hello", { $rpc: 1 }));
    expect(result?.data).not.toHaveProperty("contract");
    expect(await gateway().rpc(rpc("$rpc.contract", { $rpc: 1, methods: {} }))).toMatchObject({
      error: { code: 503 },
    });
  });
});
