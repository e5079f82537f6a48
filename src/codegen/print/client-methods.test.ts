import { describe, expect, test } from "vitest";
import type { ContractMethod } from "../../protocol/index.js";
import { object, readMethods } from "../testing/read.js";
import { clientMethods, exampleCall } from "./client-methods.js";

describe("the methods for a generator", () => {
  const api = readMethods(
    { name: "a", errors: [{ name: "Busy", code: 1001 }] },
    {
      name: "b",
      params: { $ref: "#/$defs/P", $defs: { P: { type: "object", properties: { x: {} } } } },
    },
    { name: "c", params: object({ x: {} }) },
    { name: "d", params: { type: "array" } },
  );
  const methods = clientMethods(
    api,
    new Map(["a", "b", "c", "d"].map((name) => [name, `${name}_`])),
  );

  test("say whether they can be called without params", () => {
    const facts = methods.map((m) => [m.identifier, m.paramsModel?.name, m.allOptional]);
    expect(facts).toEqual([
      ["a_", undefined, false],
      ["b_", "P", true],
      ["c_", "CParams", false],
      ["d_", undefined, false],
    ]);
  });

  test("have their errors", () => {
    expect(methods[0]?.errors).toEqual(api.errors);
    expect(methods[1]?.errors).toEqual([]);
  });
});

/** The example of an API: the method and the params. */
function example(...methods: ContractMethod[]): unknown {
  const api = readMethods(...methods);
  const names = new Map(methods.map(({ name }) => [name, name]));
  const found = exampleCall(api, clientMethods(api, names));
  if (found === undefined) return undefined;
  const fields = found.params.map(({ field, value }) => [field.name, value]);
  return [found.method.name, Object.fromEntries(fields)];
}

describe("the example call", () => {
  const text = { type: "string" };

  test("is of the first method whose params are easy to write", () => {
    const list = { name: "a", params: { type: "array", items: text } };
    const nested = { name: "b", params: object({ x: object({ y: text }) }) };
    const flat = {
      name: "c",
      params: object({ t: text, i: { type: "integer" }, b: { type: "boolean" } }),
    };
    expect(example(list, nested, flat)).toEqual(["c", { t: "text", i: 1, b: true }]);
    expect(example(list, nested)).toBeUndefined();
    expect(example()).toBeUndefined();
  });

  test("has the required fields only, and the first value of an enum", () => {
    const params = object(
      { e: { enum: ["y", "x"] } },
      { properties: { e: { enum: ["y", "x"] }, o: text } },
    );
    expect(example({ name: "a", params })).toEqual(["a", { e: "y" }]);
  });

  test("needs no params, and prefers a method that is not deprecated", () => {
    expect(example({ name: "a" })).toEqual(["a", {}]);
    expect(example({ name: "a", deprecated: true }, { name: "b" })).toEqual(["b", {}]);
    expect(example({ name: "a", deprecated: true })).toEqual(["a", {}]);
  });
});
