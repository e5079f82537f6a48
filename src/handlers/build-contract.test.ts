import { type } from "arktype";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { buildContract } from "./build-contract.js";
import { defineError } from "./define-error.js";
import { Registry } from "./registry.js";
import { websocketRpc } from "./websocket-rpc.js";

describe("buildContract", () => {
  it("returns params in their input form and results in their output form, sorted by method", () => {
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

  it("accepts ArkType schemas", () => {
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

  it("lists every part that JSON cannot represent, with its method and path", () => {
    const registry = new Registry();
    const Stamp = z.object({ at: z.date() }).meta({ id: "Stamp" });
    const wrong = z.object({
      when: z.date().optional(),
      stamps: z.array(Stamp),
      tuple: z.tuple([z.string(), z.bigint()]),
      counts: z.record(z.string(), z.map(z.string(), z.int())),
      either: z.union([z.string(), z.literal([undefined, "x"])]),
      file: z.file(),
    });
    websocketRpc("a.in", { params: wrong, result: z.string(), registry })(async () => "");
    websocketRpc("a.out", { params: z.object({}), result: z.date(), registry })(
      async () => new Date(0),
    );
    expect(() => buildContract(registry)).toThrow(
      [
        "these methods cannot be expressed in JSON:",
        "- a.in params.when: Date cannot be represented in JSON",
        "- a.in params.stamps[].at: Date cannot be represented in JSON",
        "- a.in params.tuple[1]: bigint cannot be represented in JSON",
        "- a.in params.counts.*: Map cannot be represented in JSON",
        "- a.in params.either: undefined cannot be represented in JSON",
        "- a.in params.file: File cannot be represented in JSON",
        "- a.out result: Date cannot be represented in JSON",
        "Fix: use a type that JSON has, like z.iso.datetime()",
      ].join("\n"),
    );
  });

  it("finds unsupported parts of a recursive schema", () => {
    const registry = new Registry();
    const Node = z.object({
      at: z.date(),
      get next() {
        return Node.optional();
      },
    });
    websocketRpc("a", { result: z.object({ first: Node }), registry })(async () => ({
      first: { at: new Date(0) },
    }));
    expect(() => buildContract(registry)).toThrow("\n- a result.first.at: Date cannot be");
  });

  it.each([
    ["a date", type({ when: "Date" }), ".when: Date"],
    ["the output of a morph", type({ when: "string.date.parse" }), ".when: Date"],
    ["a bigint", type({ list: type({ count: "bigint" }).array() }), ".list[].count: bigint"],
    ["a Map", type({ names: "Map" }), ".names: Map"],
    ["undefined", type({ name: "string | undefined" }), ".name: undefined"],
  ])("names %s of ArkType", (_what, result, place) => {
    const registry = new Registry();
    const options = { params: type({}), result, registry };
    websocketRpc("a.out", options)(() => Promise.reject(new Error("is not called")));
    expect(() => buildContract(registry)).toThrow(`- a.out result${place} cannot be represented`);
  });

  it("says what to do about a schema that its library cannot print", () => {
    const registry = new Registry();
    const endless = (): z.ZodType => z.object({ next: z.lazy(endless).optional() });
    const twins = ["x", "y"].map((name) => z.object({ [name]: z.int() }).meta({ id: "Twin" }));
    const never = () => Promise.reject(new Error("is not called"));
    websocketRpc("a", { params: endless(), registry })(never);
    websocketRpc("b", { params: z.tuple([twins[0]!, twins[1]!]), registry })(never);
    const problem = (run: () => unknown) => {
      try {
        return run();
      } catch (error) {
        return (error as Error).message;
      }
    };
    const message = problem(() => buildContract(registry));
    expect(message).toMatch(/^the contract is invalid:\n- a params: the schema has no end: /);
    expect(message).toMatch(
      /\n- b params: Duplicate schema id "Twin" .* Fix: give one of the two /,
    );
    expect(message).not.toContain("datetime");
  });

  it("leaves out params and results that a method does not have", () => {
    const registry = new Registry();
    websocketRpc("ping", { registry })(async () => undefined);
    expect(buildContract(registry).methods).toEqual([{ name: "ping" }]);
  });

  it("carries deprecation, idempotence, errors sorted by code, and examples", () => {
    const registry = new Registry();
    const Full = defineError("Full", { code: 1002, description: "No room." });
    const NotFound = defineError("NotFound", {
      code: 1001,
      details: z.object({ id: z.int(), hint: z.string().default("") }),
    });
    websocketRpc("a", {
      params: z.object({ n: z.int().default(1) }),
      result: z.object({ n: z.int().default(2), at: z.string().default("now") }),
      deprecated: "use b",
      idempotent: true,
      errors: [Full, NotFound],
      examples: [{ description: "none", params: {}, result: { n: 1 } }, { result: {} }],
      registry,
    })(async () => ({}));
    expect(buildContract(registry).methods[0]).toMatchObject({
      deprecated: "use b",
      idempotent: true,
      errors: [
        { name: "NotFound", code: 1001, details: { required: ["id", "hint"] } },
        { name: "Full", code: 1002, description: "No room." },
      ],
      examples: [
        { description: "none", params: {}, result: { n: 1, at: "now" } },
        { result: { n: 2, at: "now" } },
      ],
    });
  });

  it("refuses examples that do not match, naming the method and the place", () => {
    const registry = new Registry();
    const Row = z.object({ list: z.array(z.int()) });
    const wrong = { list: [1, "2"] } as unknown as z.input<typeof Row>;
    websocketRpc("a", {
      params: Row,
      result: Row,
      examples: [{ params: { list: [] } }, { params: wrong, result: wrong }],
      registry,
    })(async () => ({ list: [] }));
    const examples = [{ params: {} as unknown as undefined }];
    websocketRpc("b", { examples, registry })(async () => undefined);
    websocketRpc("c", { params: z.any(), examples: [{ params: 1n }], registry })(
      async () => undefined,
    );
    expect(() => buildContract(registry)).toThrow(
      /^the contract is invalid:\n- a example 2 params\.list\.1: .*\n- a example 2 result\.list\.1: .*\n- b example 1 params: the method does not declare any\n- c example 1 params: .*BigInt$/,
    );
  });

  it("does not check examples of asynchronous schemas", () => {
    const registry = new Registry();
    const Slow = z.string().refine(async () => false);
    websocketRpc("a", { params: Slow, examples: [{ params: "x" }], registry })(
      async () => undefined,
    );
    expect(buildContract(registry).methods[0]?.examples).toEqual([{ params: "x" }]);
  });

  it.each([
    ["name", "NotFound", 1002],
    ["code", "Missing", 1001],
    ["name and code with other details", "NotFound", 1001],
  ])("refuses two errors of the same %s", (_what, name, code) => {
    const registry = new Registry();
    const details = z.object({ id: z.int() });
    const first = defineError("NotFound", { code: 1001 });
    const second = defineError(name, { code, details });
    websocketRpc("a", { errors: [first], registry })(async () => undefined);
    websocketRpc("b", { errors: [second], registry })(async () => undefined);
    expect(() => buildContract(registry)).toThrow(
      `- error ${name} (${code}) of b conflicts with error NotFound (1001) of a: define it once`,
    );
  });

  it("accepts two equal definitions of an error", () => {
    const registry = new Registry();
    const define = () => defineError("NotFound", { code: 1001, details: z.object({}) });
    websocketRpc("a", { errors: [define()], registry })(async () => undefined);
    websocketRpc("b", { errors: [define()], registry })(async () => undefined);
    expect(buildContract(registry).methods).toHaveLength(2);
  });

  it("accepts ArkType constraints that JSON Schema cannot express", () => {
    const registry = new Registry();
    const Even = type({ n: type("number").narrow((n) => n % 2 === 0) });
    websocketRpc("a", { params: Even, result: Even, registry })(async (_conn, even) => even);
    expect(buildContract(registry).methods[0]).toMatchObject({
      params: { properties: { n: { type: "number" } } },
    });
  });
});
