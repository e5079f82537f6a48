import { type } from "arktype";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { buildContract } from "./contract.js";
import { Registry } from "./registry.js";
import { websocketRpc } from "./websocket-rpc.js";

describe("buildContract", () => {
  it("gives params in their input form and results in their output form, sorted by method", () => {
    const registry = new Registry();
    const Model = z.object({ a: z.string(), b: z.boolean().default(true) }).meta({ id: "Model" });
    websocketRpc("b.second", {
      params: z.object({}),
      result: Model,
      registry,
    })(async () => ({ a: "" }));
    websocketRpc("a.first", {
      params: Model,
      result: z.object({}),
      description: "Does it.",
      registry,
    })(async () => ({}));

    const contract = buildContract(registry);
    expect(contract.contract).toBe(1);
    expect(contract.methods.map(({ name }) => name)).toEqual(["a.first", "b.second"]);
    expect(contract.methods[0]).toMatchObject({
      description: "Does it.",
      params: { $ref: "#/$defs/Model", $defs: { Model: { required: ["a"] } } },
    });
    expect(contract.methods[1]).toMatchObject({
      result: { $defs: { Model: { required: ["a", "b"] } } },
    });
    expect(JSON.parse(JSON.stringify(contract))).toEqual(contract);
  });

  it("takes schemas of ArkType", () => {
    const registry = new Registry();
    websocketRpc("greet", {
      params: type({ name: "string" }),
      result: type({ text: "string" }),
      registry,
    })(async (_conn, { name }) => ({ text: name }));
    expect(buildContract(registry).methods[0]).toMatchObject({
      params: { type: "object", required: ["name"] },
    });
  });

  it("lists every schema that JSON Schema cannot express, with its method", () => {
    const registry = new Registry();
    const wrong = z.object({ when: z.date() });
    websocketRpc("a.in", { params: wrong, result: z.object({}), registry })(async () => ({}));
    websocketRpc("a.out", { params: z.object({}), result: wrong, registry })(async () => ({
      when: new Date(0),
    }));
    expect(() => buildContract(registry)).toThrow(
      /- a\.in params: .*Date.*\n- a\.out result: .*Date.*\nFix: .*z\.iso\.datetime/,
    );
  });

  it.each([
    ["date", type({ when: "Date" })],
    ["date", type({ when: "string.date.parse" })],
    ["bigint", type({ count: "bigint" })],
    ["Map", type({ names: "Map" })],
    ["undefined", type({ name: "string | undefined" })],
  ])("refuses %s of ArkType, too", (what, result) => {
    const registry = new Registry();
    const options = { params: type({}), result, registry };
    websocketRpc("a.out", options)(() => Promise.reject(new Error("is not called")));
    expect(() => buildContract(registry)).toThrow(`- a.out result: ${what} cannot be`);
  });

  it("takes what ArkType can check and JSON Schema cannot say", () => {
    const registry = new Registry();
    const Even = type({ n: type("number").narrow((n) => n % 2 === 0) });
    websocketRpc("a", { params: Even, result: Even, registry })(async (_conn, even) => even);
    expect(buildContract(registry).methods[0]).toMatchObject({
      params: { properties: { n: { type: "number" } } },
    });
  });
});
