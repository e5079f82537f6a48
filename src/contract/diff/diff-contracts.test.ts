import { describe, expect, it } from "vitest";
import { z } from "zod";
import { contractOf, type Declaration } from "../../../testing/contract-of.js";
import { diffContracts, diffMethods } from "./diff-contracts.js";
import { methodOf } from "../testing/method-diff.js";

const A = z.object({ a: z.string() });
const B = z.object({ b: z.string() });

describe("a method", () => {
  const NotFound = { name: "NotFound", code: 1001, details: z.object({ id: z.int() }) };
  const details = z.object({ id: z.int(), hint: z.string() });

  it.each<[what: string, from: Declaration, to: Declaration, verdict: string]>([
    ["gets optional params", {}, { params: A.partial() }, "compatible"],
    ["gets required params", {}, { params: A }, "changed"],
    ["gets a list as params", {}, { params: z.array(z.string()) }, "changed"],
    ["loses its params", { params: A.partial() }, {}, "changed"],
    ["loses params without fields", { params: z.object({}) }, {}, "compatible"],
    ["gets a result", {}, { result: A }, "compatible"],
    ["loses its result", { result: A }, {}, "changed"],
    ["loses a result that could be null", { result: A.nullable() }, {}, "compatible"],
    ["declares an error", {}, { errors: [NotFound] }, "compatible"],
    ["no longer declares an error", { errors: [NotFound] }, {}, "compatible"],
    [
      "changes the code of an error",
      { errors: [NotFound] },
      { errors: [{ ...NotFound, code: 1002 }] },
      "changed",
    ],
    [
      "adds a detail to an error",
      { errors: [NotFound] },
      { errors: [{ ...NotFound, details }] },
      "compatible",
    ],
    [
      "removes a detail from an error",
      { errors: [{ ...NotFound, details }] },
      { errors: [NotFound] },
      "changed",
    ],
    [
      "removes the details of an error",
      { errors: [NotFound] },
      { errors: [{ name: "NotFound", code: 1001 }] },
      "changed",
    ],
    [
      "adds details to an error",
      { errors: [{ name: "NotFound", code: 1001 }] },
      { errors: [NotFound] },
      "compatible",
    ],
    [
      "renames an error",
      { errors: [NotFound] },
      { errors: [{ ...NotFound, name: "Gone" }] },
      "compatible",
    ],
    [
      "reuses a code for an error with different details",
      { errors: [NotFound] },
      { errors: [{ ...NotFound, name: "Gone", details: A }] },
      "changed",
    ],
    ["becomes idempotent", {}, { idempotent: true }, "compatible"],
    ["is no longer idempotent", { idempotent: true }, {}, "changed"],
    ["gets documents", {}, { description: "d", deprecated: true, examples: [{}] }, "same"],
  ])("that %s", (_what, from, to, verdict) => {
    expect(diffMethods(methodOf(from), methodOf(to)).verdict).toBe(verdict);
  });
});

describe("two contracts", () => {
  it("are compared method by method, sorted by name", () => {
    const old = contractOf({ same: {}, gone: {}, changed: { params: A }, wider: { params: A } });
    const now = contractOf({
      wider: { params: A.partial() },
      new: {},
      changed: { params: B },
      same: { description: "d" },
    });
    const diff = diffContracts(old, now);
    expect(diff.compatible).toBe(false);
    expect(diff.methods.map(({ method, verdict }) => [method, verdict])).toEqual([
      ["changed", "changed"],
      ["gone", "removed"],
      ["new", "added"],
      ["same", "same"],
      ["wider", "compatible"],
    ]);
  });

  it.each([
    ["added", {}, { a: {} }, true],
    ["removed", { a: {} }, {}, false],
    ["compatible", { a: { params: A } }, { a: { params: A.partial() } }, true],
    ["changed", { a: { params: A.partial() } }, { a: { params: A } }, false],
  ])("with a method that is %s", (_verdict, from, to, compatible) => {
    expect(diffContracts(contractOf(from), contractOf(to)).compatible).toBe(compatible);
  });
});
