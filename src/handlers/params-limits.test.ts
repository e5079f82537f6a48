import { describe, expect, it } from "vitest";
import { type } from "arktype";
import { z } from "zod";
import { createCaller } from "./caller.js";
import { methodsThatRecurseAmbiguously } from "./params-limits.js";
import { Registry } from "./registry.js";
import type { Schema } from "./standard-schema.js";
import { websocketRpc } from "./websocket-rpc.js";

/** Calls a method with these params; `validations` counts how often the library was asked. */
function setUp(params: Schema, options: { maxParamsNodes?: number } = {}) {
  const registry = new Registry();
  const seen = { validations: 0 };
  const standard = params["~standard"];
  const counting: Schema = {
    "~standard": {
      ...standard,
      validate(value) {
        seen.validations++;
        return standard.validate(value);
      },
      // Zod's depends on the schema that it is called on.
      jsonSchema: standard.jsonSchema,
    },
  };
  websocketRpc("m", { params: counting, result: z.int(), registry, ...options })(async () => 1);
  const caller = createCaller({ registry });
  return { seen, call: (value: unknown) => caller.call("m", value) };
}

const zodItems = z.object({ items: z.array(z.object({ a: z.string(), b: z.int() })) });
const arkItems = type({ items: type({ a: "string", b: "number" }).array() });
const empty = (count: number): object => ({ items: Array.from({ length: count }, () => ({})) });

describe.each([
  ["Zod", zodItems],
  ["ArkType", arkItems],
])("params of %s with many mismatches", (_library, schema) => {
  it("fail with 20 issues, and the message counts the others", async () => {
    const { call } = setUp(schema);
    const error = await call(empty(40)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 400,
      message: expect.stringMatching(/^m: items\.0\.a: .* \(and 79 more\)$/),
    });
    expect((error as { details: { issues: unknown[] } }).details.issues).toHaveLength(20);
  });

  it("are refused before the library makes an issue of each", async () => {
    const { call, seen } = setUp(schema);
    const error = await call(empty(5000)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 400,
      message: "m: items.0.a: is required (and at least 1000 more)",
    });
    const { issues } = (error as { details: { issues: object[] } }).details;
    expect(issues).toHaveLength(20);
    expect(issues[1]).toEqual({ path: ["items", 0, "b"], message: "is required" });
    expect(seen.validations).toBe(0);
  });
});

describe("a union of many types", () => {
  const fields = (index: number): [string, string][] =>
    Array.from({ length: 10 }, (_, at) => [`f${index}_${at}`, "x"]);
  const option = (index: number) =>
    z.object(Object.fromEntries(fields(index).map(([name]) => [name, z.string()])));
  const options = Array.from({ length: 50 }, (_, index) => option(index));
  const of = <T>(length: number, item: T): T[] =>
    Array.from({ length }, () => structuredClone(item));

  it.each([{}, "x"])("is not tried with thousands of values that match none: %j", async (value) => {
    const { call, seen } = setUp(z.array(z.union(options)));
    await expect(call(of(5000, value))).rejects.toMatchObject({
      code: 400,
      message: "m: 0: matches none of the types (and at least 1000 more)",
    });
    expect(seen.validations).toBe(0);
  });

  it("is not tried with many values that match late, unless the method allows more", async () => {
    const schema = z.array(z.union(options));
    const value = Object.fromEntries(fields(49));
    const { call, seen } = setUp(schema, { maxParamsNodes: 1000 });
    await expect(call(of(20, value))).resolves.toBe(1);
    await expect(call(of(30, value))).rejects.toMatchObject({
      code: 400,
      message:
        "m: the params have too many values that match only a late type of a union, or none: send fewer",
    });
    expect(seen.validations).toBe(1);
    expect(await setUp(schema, { maxParamsNodes: 2000 }).call(of(30, value))).toBe(1);
  });

  it("may have many values if a discriminator or the library's order finds the type", async () => {
    const kinds = options.map((each, at) => each.extend({ kind: z.literal(`k${at}`) }));
    const schema = z.object({
      tagged: z.array(z.discriminatedUnion("kind", kinds as never)),
      json: z.json(),
    });
    const { call, seen } = setUp(schema);
    const tagged = of(400, { kind: "k49", ...Object.fromEntries(fields(49)) });
    expect(await call({ tagged, json: of(5000, null) })).toBe(1);
    await expect(call({ tagged: of(2000, { kind: "k7" }), json: 1 })).rejects.toMatchObject({
      code: 400,
      message: "m: tagged.0.f7_0: is required (and at least 1000 more)",
    });
    expect(seen.validations).toBe(1);
  });
});

describe("many valid params", () => {
  it("are accepted, also if the library converts them first", async () => {
    const { call } = setUp(
      z.object({
        coerced: z.array(z.coerce.number()),
        prepared: z.array(z.preprocess(Number, z.number())),
        caught: z.array(z.number().catch(0)),
        union: z.array(z.union([z.object({ a: z.string() }), z.object({ b: z.int() })])),
      }),
    );
    const of = <T>(item: T): T[] => Array.from({ length: 1500 }, () => item);
    const params = { coerced: of("1"), prepared: of("1"), caught: of("x"), union: of({ b: 1 }) };
    expect(await call(params)).toBe(1);
  });

  it("are accepted up to 10,000 JSON values, or as many as the method allows", async () => {
    const numbers = z.array(z.int());
    const list = (length: number): number[] => Array.from({ length }, () => 1);
    const { call, seen } = setUp(numbers);
    expect(await call(list(9999))).toBe(1);
    await expect(call(list(10_000))).rejects.toMatchObject({
      code: 413,
      message: "m: the params have more than 10000 JSON values",
    });
    expect(seen.validations).toBe(1);
    expect(await setUp(numbers, { maxParamsNodes: 20_000 }).call(list(10_000))).toBe(1);
  });
});

describe("a union that contains itself several times", () => {
  const makeUnion = (): z.ZodType => {
    const union: z.ZodType = z.union([
      z.object({ left: z.lazy(() => union) }),
      z.object({ left: z.lazy(() => union), right: z.string().optional() }),
      z.string(),
    ]);
    return union;
  };
  const nested = (levels: number, leaf: unknown): unknown =>
    levels === 0 ? leaf : { left: nested(levels - 1, leaf) };

  it("is validated in linear time", async () => {
    const registry = new Registry();
    websocketRpc("m", { params: makeUnion(), result: z.int(), registry })(async () => 1);
    const { call } = createCaller({ registry });
    expect(await call("m", nested(60, "x"))).toBe(1);
    await expect(call("m", nested(60, 5))).rejects.toMatchObject({ code: 400 });
    expect(methodsThatRecurseAmbiguously(registry)).toEqual([]);
  });

  it("is validated in linear time if the first option that is tried does not match", async () => {
    const union: z.ZodType = z.union([
      z.object({ left: z.lazy(() => union), k: z.literal("a") }),
      z.object({ left: z.lazy(() => union), k: z.literal("b") }),
      z.string(),
    ]);
    const { call } = setUp(union);
    let value: unknown = "x";
    for (let level = 0; level < 60; level++) value = { left: value, k: "b" };
    expect(await call(value)).toBe(1);
  });

  it("may have 8 levels with a Zod that takes exponential time, and its method is named", async () => {
    const params = makeUnion();
    Object.assign(params._zod, { version: { major: 4, minor: 4, patch: 3 } });
    const registry = new Registry();
    websocketRpc("m", { params, result: z.int(), registry })(async () => 1);
    const { call } = createCaller({ registry });
    expect(await call("m", nested(8, "x"))).toBe(1);
    await expect(call("m", nested(9, "x"))).rejects.toMatchObject({
      code: 400,
      message: "m: the params are nested deeper than 8 levels",
    });
    expect(methodsThatRecurseAmbiguously(registry)).toEqual(["m"]);
  });
});
