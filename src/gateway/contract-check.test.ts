import { describe, expect, it } from "vitest";
import { contractHash, methodHash } from "../contract/index.js";
import type { Contract, ContractMethod } from "../protocol/index.js";
import { createContractCheck } from "./contract-check.js";

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

const check = (contract: () => Contract | undefined = () => CONTRACT) =>
  createContractCheck(contract);
const ask = (methods: object, to = check()) => to.reply({ $rpc: 1, methods }).verdicts;

describe("the contract check", () => {
  it("says nothing of methods that are the same", () => {
    expect(ask({ a: methodHash(METHODS[0]!), b: METHODS[1]! })).toEqual({});
  });

  it("asks for what it does not know, judges it, and knows it from then on", () => {
    const one = check();
    const hashes = { a: methodHash(OLD_A), b: methodHash(OLD_B), gone: "sha256-x" };
    expect(ask(hashes, one)).toEqual({ a: "unknown", b: "unknown", gone: "removed" });
    expect(ask({ a: OLD_A, b: OLD_B }, one)).toEqual({ a: "compatible", b: "changed" });
    expect(ask(hashes, one)).toEqual({ a: "compatible", b: "changed", gone: "removed" });
  });

  it("remembers by its own hash, whatever a client calls a method's form", () => {
    const one = check();
    ask({ b: OLD_B }, one);
    expect(ask({ b: methodHash(OLD_A) }, one)).toEqual({ b: "unknown" });
  });

  it("follows the contract when handlers are loaded anew", () => {
    let now: Contract = CONTRACT;
    const one = check(() => now);
    expect(one.hash()).toBe(contractHash(CONTRACT));
    expect(ask({ a: OLD_A }, one)).toEqual({ a: "compatible" });
    now = { contract: 1, methods: [] };
    expect(one.hash()).toBe(contractHash(now));
    expect(ask({ a: OLD_A }, one)).toEqual({ a: "removed" });
  });

  it("has no hash and no verdicts without a contract", () => {
    const none = check(() => undefined);
    expect(none.hash()).toBeUndefined();
    expect(() => ask({}, none)).toThrowError(expect.objectContaining({ code: 503 }));
  });

  it.each([{}, { methods: 1 }, { methods: { a: 1 } }, { methods: { a: { params: 1 } } }])(
    "refuses %j",
    (data) => {
      const call = () => check().reply({ $rpc: 1, ...data });
      expect(call).toThrowError(expect.objectContaining({ code: 400 }));
    },
  );

  it("judges hostile schemas without failing", () => {
    let deep: object = {};
    for (let depth = 0; depth < 5000; depth++) deep = { items: deep };
    const loop = { $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/a" } } };
    const polluted = JSON.parse('{"__proto__": {"type": "string"}}') as object;
    for (const params of [deep, loop, polluted, { pattern: "(" }]) {
      expect(ask({ a: { ...OLD_A, params } })).toEqual({ a: "changed" });
    }
    expect(ask(JSON.parse(`{"__proto__": "sha256-x", "constructor": "x"}`) as object)).toEqual({
      constructor: "removed",
    });
  });
});
