import { describe, expect, it } from "vitest";
import { ERROR_TABLE, ErrorCode, errorRow, type ErrorName } from "./errors.js";
import { RPCError } from "./rpc-error.js";

describe("the error table", () => {
  it("has a code of its own for each row, below those of applications", () => {
    const codes = Object.values(ERROR_TABLE).map((row) => row.code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.every((code) => code >= 400 && code < 1000)).toBe(true);
  });

  it.each(Object.keys(ERROR_TABLE) as ErrorName[])(
    "%s can be found by name and by code",
    (name) => {
      expect(errorRow(ErrorCode[name])).toBe(ERROR_TABLE[name]);
      expect(RPCError.of(name)).toMatchObject(
        ERROR_TABLE[name].retryable ? { retryable: true } : {},
      );
    },
  );
});

describe("RPCError", () => {
  it.each([0, 100, 399, 2000, 400.5, Number.NaN])("refuses the code %d", (code) => {
    expect(() => new RPCError(code, "x")).toThrow(RangeError);
  });

  it("goes over the wire and back", () => {
    const error = new RPCError(1001, "quota used up", { limit: 10 });
    expect(RPCError.fromWire(error.toWire())).toMatchObject({
      code: 1001,
      message: "quota used up",
      details: { limit: 10 },
    });
    expect(new RPCError(1001, "x").toWire()).toEqual({ code: 1001, message: "x" });
  });

  it("is made from anything, and shows nothing of it", () => {
    for (const thrown of [new Error("secret"), "secret", undefined, null, { secret: 1 }]) {
      const error = RPCError.from(thrown);
      expect(error.toWire()).toEqual(RPCError.of("internal").toWire());
      expect(error.cause).toBe(thrown);
    }
    const own = RPCError.of("cancelled");
    expect(RPCError.from(own)).toBe(own);
  });

  it("is recognised across copies of the module, as a generated client carries one", () => {
    const foreign = Object.assign(new Error("x"), {
      [Symbol.for("centrifugo-rpc.RPCError")]: true,
    });
    expect(foreign).toBeInstanceOf(RPCError);
    for (const other of [new Error("x"), {}, null, "x"])
      expect(other instanceof RPCError).toBe(false);
  });

  it("is no instance of the classes that extend it, and they have a name of their own", () => {
    class QuotaUsedUp extends RPCError {
      override readonly name = "QuotaUsedUp";
    }
    expect(new RPCError(1001)).not.toBeInstanceOf(QuotaUsedUp);
    expect(new QuotaUsedUp(1001)).toBeInstanceOf(QuotaUsedUp);
    expect(new QuotaUsedUp(1001)).toBeInstanceOf(RPCError);
    expect(String(new QuotaUsedUp(1001, "x"))).toBe("QuotaUsedUp: x");
  });
});
