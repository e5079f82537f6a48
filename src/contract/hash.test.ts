import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { contractOf } from "../../testing/contract-of.js";
import { readVectors } from "../../testing/vectors.js";
import type { Contract, ContractMethod } from "../protocol/index.js";
import { canonicalText } from "../schema/index.js";
import { clientContract } from "./client-contract.js";
import { contractHash, methodHash } from "./hash.js";
import { wireMethod } from "./wire-method.js";

const vectors = readVectors("contract-hash") as {
  methods: { name: string; method: ContractMethod; canonical: string; hash: string }[];
  contracts: { name: string; contract: Contract; canonical: string; hash: string }[];
};

describe("contract-hash.json", () => {
  it.each(vectors.methods)("a method: $name", ({ method, canonical, hash }) => {
    expect(canonicalText(wireMethod(method))).toBe(canonical);
    expect(methodHash(method)).toBe(hash);
    expect(hash).toBe(`sha256-${createHash("sha256").update(canonical).digest("hex")}`);
  });

  it.each(vectors.contracts)("a contract: $name", ({ contract, canonical, hash }) => {
    expect(contractHash(contract)).toBe(hash);
    expect(hash).toBe(`sha256-${createHash("sha256").update(canonical).digest("hex")}`);
  });
});

const Task = z.object({ id: z.int(), title: z.string().describe("Shown.") }).meta({ id: "Task" });
const contract = contractOf({
  "tasks.get": {
    description: "Gets one.",
    params: z.object({ id: z.int() }),
    result: Task,
    errors: [{ name: "NotFound", code: 1001, description: "No such task." }],
    examples: [{ params: { id: 1 } }],
  },
  ping: { deprecated: true, idempotent: true },
});

describe("the hash of a contract", () => {
  it.each<[what: string, change: (method: ContractMethod) => Partial<ContractMethod>]>([
    ["params", () => ({ params: {} })],
    ["a result", () => ({ result: {} })],
    ["an error's code", () => ({ errors: [{ name: "NotFound", code: 1002 }] })],
    ["idempotence", () => ({ idempotent: true })],
    ["a name", ({ name }) => ({ name: `${name}2` })],
  ])("changes with %s", (_what, change) => {
    const methods = contract.methods.map((method) => ({ ...method, ...change(method) }));
    expect(contractHash({ contract: 1, methods })).not.toBe(contractHash(contract));
  });

  it("is not that of the method, and has nothing to do with its name", () => {
    const [method] = contract.methods;
    expect(methodHash({ ...method!, name: "other" } as Omit<ContractMethod, "name">)).toBe(
      methodHash(method!),
    );
    expect(contractHash({ contract: 1, methods: [method!] })).not.toBe(methodHash(method!));
  });
});

describe("what clients carry", () => {
  it("has the hashes and no documents, sorted by name", () => {
    const carried = clientContract(contract);
    expect(carried.hash).toBe(contractHash(contract));
    expect(carried.methods.map(({ name }) => name)).toEqual(["ping", "tasks.get"]);
    expect(carried.methods[0]).toEqual({
      name: "ping",
      hash: methodHash({ idempotent: true }),
      idempotent: true,
    });
    expect(JSON.stringify(carried)).not.toMatch(/Gets one|Shown|No such task|examples|Task"/);
  });

  it("has methods whose hash is still the same when they are sent back", () => {
    for (const { name: _name, hash, ...method } of clientContract(contract).methods) {
      expect(methodHash(method)).toBe(hash);
    }
  });

  it("is the same in any order of methods", () => {
    const methods = contract.methods.toReversed();
    expect(JSON.stringify(clientContract({ contract: 1, methods }))).toBe(
      JSON.stringify(clientContract(contract)),
    );
  });
});
