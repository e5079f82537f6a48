import { type } from "arktype";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createCaller } from "./caller.js";
import type { ConnectionContext } from "./connection-context.js";
import { collectMethods, defaultRegistry, Registry } from "./registry.js";
import { websocketRpc } from "./websocket-rpc.js";

const schemas = { params: z.object({ n: z.int() }), result: z.object({ n: z.int() }) };

describe("websocketRpc as a wrapper", () => {
  it("registers the function and gives it back", async () => {
    const registry = new Registry();
    const double = websocketRpc("math.double", { ...schemas, registry })(async (_conn, params) => ({
      n: params.n * 2,
    }));
    expect(registry.list().map((method) => method.name)).toEqual(["math.double"]);
    expect(await createCaller({ registry }).call(double, { n: 21 })).toEqual({ n: 42 });
  });

  it("registers to the default registry unless it is given another", async () => {
    const registry = await collectMethods(async () => {
      websocketRpc("math.double", schemas)(async (_conn, { n }) => ({ n: n * 2 }));
    });
    expect(registry.get("math.double")).toBeDefined();
    expect(defaultRegistry().get("math.double")).toBeUndefined();
  });

  it("refuses a name that is taken", () => {
    const registry = new Registry();
    const register = () => websocketRpc("a.b", { ...schemas, registry })(async (_c, p) => p);
    register();
    expect(register).toThrow(/"a\.b" is registered twice/);
  });

  it.each(["", "a..b", ".a", "a.", "a b", "$rpc.hello", "a:b", "x".repeat(256)])(
    "refuses the name %j",
    (name) => {
      expect(() => websocketRpc(name, schemas)).toThrow(TypeError);
    },
  );
});

describe("websocketRpc refuses, for those who write JavaScript,", () => {
  const untyped = (options: object) => websocketRpc("a.b", options as typeof schemas);
  const validatesOnly = { "~standard": { version: 1, vendor: "old", validate: () => ({}) } };

  it.each([
    ["no params", { result: schemas.result }, /"a\.b": its params must be a schema/],
    ["a result that is no schema", { ...schemas, result: {} }, /its result must be a schema/],
    ["a schema without JSON Schema", { ...schemas, params: validatesOnly }, /Zod 4\.2 or newer/],
  ])("%s", (_case, options, message) => {
    expect(() => untyped(options)).toThrow(message);
  });

  it.each([
    ["no handler", [undefined]],
    ["the decorators of experimentalDecorators", [{}, "method", {}]],
    ["the same on a static method", [class {}, "method", {}]],
  ])("%s", (_case, args) => {
    const wrap = websocketRpc("a.b", { ...schemas, registry: new Registry() });
    expect(() => Reflect.apply(wrap, undefined, args)).toThrow(/"a\.b": .* takes a function/);
  });
});

describe("websocketRpc as a method decorator", () => {
  it("registers an instance's method, bound to the instance", async () => {
    const registry = new Registry();
    class Counter {
      constructor(private readonly step: number) {}

      @websocketRpc("counter.add", { ...schemas, registry })
      async add(_conn: ConnectionContext, params: { n: number }) {
        return { n: params.n + this.step };
      }
    }
    expect(registry.list()).toEqual([]);
    const counter = new Counter(3);
    expect(counter.add).toBeTypeOf("function");
    expect(await createCaller({ registry }).call("counter.add", { n: 4 })).toEqual({ n: 7 });
    expect(() => new Counter(1)).toThrow(/registered twice/);
  });

  it("registers a static method when the class is defined", async () => {
    const registry = new Registry();
    class Tasks {
      static offset = 100;

      @websocketRpc("tasks.offset", { ...schemas, registry })
      static async add(_conn: ConnectionContext, params: { n: number }) {
        return { n: params.n + this.offset };
      }
    }
    expect(Tasks.offset).toBe(100);
    expect(await createCaller({ registry }).call("tasks.offset", { n: 1 })).toEqual({ n: 101 });
  });
});

describe("schemas", () => {
  it("may come from ArkType", async () => {
    const registry = new Registry();
    const greet = websocketRpc("greet", {
      params: type({ name: "string", "loud?": "boolean" }),
      result: type({ text: "string" }),
      registry,
    })(async (_conn, params) => ({ text: params.loud ? params.name.toUpperCase() : params.name }));
    const caller = createCaller({ registry });
    expect(await caller.call(greet, { name: "Ann", loud: true })).toEqual({ text: "ANN" });
    await expect(caller.call("greet", { name: 5 })).rejects.toMatchObject({
      code: 400,
      details: { issues: [{ path: ["name"] }] },
    });
  });
});
