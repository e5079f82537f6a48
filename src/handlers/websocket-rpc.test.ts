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

  it("takes a handler without params and result: it receives undefined, its caller gets null", async () => {
    const registry = new Registry();
    const seen: unknown[] = [];
    const ping = websocketRpc("ping", { registry })(async (_conn, params) => {
      seen.push(params);
    });
    const caller = createCaller({ registry });
    expect(await caller.call(ping)).toBeNull();
    expect(await caller.call("ping", null)).toBeNull();
    expect(await caller.call("ping", {})).toBeNull();
    expect(seen).toEqual([undefined, undefined, undefined]);
    for (const params of [{ n: 1 }, [], 0, ""]) {
      await expect(caller.call("ping", params)).rejects.toMatchObject({
        code: 400,
        message: "ping: the method takes no params",
      });
    }
  });

  it("lets nothing out of a handler whose method has no result", async () => {
    const registry = new Registry();
    const leaky = (async () => ({ secret: 1 })) as unknown as () => Promise<void>;
    websocketRpc("ping", { registry })(leaky);
    expect(await createCaller({ registry }).call("ping")).toBeNull();
  });

  it("takes params and results of any type", async () => {
    const registry = new Registry();
    websocketRpc("math.sum", { params: z.array(z.int()), result: z.int(), registry })(
      async (_conn, numbers) => numbers.reduce((sum, n) => sum + n, 0),
    );
    websocketRpc("echo", {
      params: z.union([z.string(), z.null()]),
      result: z.union([z.string(), z.null()]),
      registry,
    })(async (_conn, value) => value);
    const caller = createCaller({ registry });
    expect(await caller.call("math.sum", [1, 2])).toBe(3);
    expect(await caller.call("echo", null)).toBeNull();
    expect(await caller.call("echo", "x")).toBe("x");
    await expect(caller.call("math.sum", [1, "2"])).rejects.toMatchObject({
      details: { issues: [{ path: [1] }] },
    });
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
    ["undefined for params", { ...schemas, params: undefined }, /"a\.b": its params must be a/],
    ["a result that is no schema", { ...schemas, result: {} }, /its result must be a schema/],
    [
      "errors that are no classes",
      { errors: [{ code: 1001 }] },
      /its errors must be classes made with/,
    ],
    [
      "a handler in place of options",
      async () => ({}),
      /pass the handler to the returned function/,
    ],
    ["a schema without JSON Schema", { ...schemas, params: validatesOnly }, /Zod 4\.2 or newer/],
  ])("%s", (_case, options, message) => {
    expect(() => untyped(options)).toThrow(message);
    expect(() => untyped(options)).toThrow(
      expect.objectContaining({ code: "CRPC_METHOD_INVALID" }),
    );
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
