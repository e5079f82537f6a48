import { describe, expect, it } from "vitest";
import { RPCError } from "../../protocol/rpc-error.js";
import type { CallOptions } from "../rpc-client.js";
import type { ApiSchemas } from "./schema.js";
import { TypedCalls, type APIClientOptions } from "./typed-calls.js";

interface Usage {
  used: bigint;
}

class QuotaUsedUp extends RPCError {
  override readonly name = "QuotaUsedUp";
  declare readonly code: 1001;
  declare readonly details: Usage;
  constructor(message: string, details: Usage) {
    super(1001, message, details);
  }
}

class Closed extends RPCError {
  override readonly name = "Closed";
  constructor(message: string) {
    super(1002, message);
  }
}

const schemas: ApiSchemas = {
  methods: {
    "items.add": { params: "Item", result: "Item", errors: ["QuotaUsedUp", "Closed"] },
    "items.count": { result: { required: { count: "integer" } } },
    "items.clear": {},
  },
  models: { Item: { required: { id: "int64" } }, Usage: { required: { used: "int64" } } },
  errors: {
    QuotaUsedUp: { code: 1001, details: "Usage", type: QuotaUsedUp },
    Closed: { code: 1002, type: Closed },
  },
};

/** A base client whose calls all end the same way. */
class ScriptedCaller {
  readonly calls: unknown[][] = [];
  readonly #reply: () => unknown;

  constructor(reply: () => unknown) {
    this.#reply = reply;
  }

  async call(...call: [method: string, params: unknown, options?: CallOptions]): Promise<unknown> {
    this.calls.push(call);
    return this.#reply();
  }
}

function callsOf(reply: () => unknown, options?: APIClientOptions) {
  const caller = new ScriptedCaller(reply);
  return { caller, calls: new TypedCalls(caller, schemas, options) };
}

function failing(error: unknown) {
  return callsOf(() => {
    throw error;
  }).calls;
}

describe("a typed call", () => {
  it("encodes params and decodes results", async () => {
    const { caller, calls } = callsOf(() => ({ id: "2" }));
    const options = { timeout: 5 };
    expect(await calls.call("items.add", { id: 1n }, options)).toEqual({ id: 2n });
    expect(caller.calls).toEqual([["items.add", { id: "1" }, options]]);
  });

  it("sends nothing without params and returns nothing without a result", async () => {
    const { caller, calls } = callsOf(() => "whatever");
    expect(await calls.call("items.clear", undefined)).toBe(undefined);
    expect(caller.calls).toEqual([["items.clear", undefined, undefined]]);
  });

  it("refuses wrong params before anything is sent", async () => {
    const { caller, calls } = callsOf(() => ({ id: "2" }));
    await expect(calls.call("items.add", { id: 1 })).rejects.toMatchObject({
      code: 400,
      message: "items.add: id: expected bigint (int64), received 1",
      details: { issues: [{ path: ["id"], message: "expected bigint (int64), received 1" }] },
    });
    expect(caller.calls).toEqual([]);
  });

  it("refuses wrong results", async () => {
    const { calls } = callsOf(() => ({ count: "1" }));
    await expect(calls.call("items.count", undefined)).rejects.toMatchObject({
      code: 502,
      message: "items.count: count: expected safe integer, received string",
      details: {
        issues: [{ path: ["count"], message: "expected safe integer, received string" }],
      },
    });
  });
});

describe("validateResults: false", () => {
  it("leaves a result as it is if nothing in it is converted", async () => {
    const { calls } = callsOf(() => ({ count: "1" }), { validateResults: false });
    expect(await calls.call("items.count", undefined)).toEqual({ count: "1" });
  });

  it("still checks params and results that must be decoded", async () => {
    const { calls } = callsOf(() => ({ id: 2 }), { validateResults: false });
    await expect(calls.call("items.add", { id: 1n })).rejects.toMatchObject({ code: 502 });
    await expect(calls.call("items.add", {})).rejects.toMatchObject({ code: 400 });
  });
});

describe("an error that a method declares", () => {
  it("arrives as its class, with its details decoded", async () => {
    const call = failing(new RPCError(1001, "no more", { used: "7" })).call("items.add", {
      id: 1n,
    });
    const error: unknown = await call.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(QuotaUsedUp);
    expect(error).toBeInstanceOf(RPCError);
    expect(error).not.toBeInstanceOf(Closed);
    expect(error).toMatchObject({ code: 1001, message: "no more", details: { used: 7n } });
  });

  it("needs no details when it declares none", async () => {
    const call = failing(new RPCError(1002, "closed", { more: 1 })).call("items.add", { id: 1n });
    await expect(call).rejects.toBeInstanceOf(Closed);
  });

  it.each([
    ["with details of another form", "items.add", new RPCError(1001, "x", { used: 7 })],
    ["without its details", "items.add", new RPCError(1001, "x")],
    ["of a method that does not declare it", "items.clear", new RPCError(1002, "x")],
    ["of the protocol", "items.add", RPCError.of("unavailable")],
    ["of no RPC", "items.add", new RangeError("timeout")],
  ])("stays as it came %s", async (_title, method, error) => {
    await expect(failing(error).call(method, { id: 1n })).rejects.toBe(error);
  });
});
