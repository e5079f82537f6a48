import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { JsonSchema } from "../protocol/index.js";
import { FieldNames } from "./field-names.js";
import { redactedJson } from "./redacted-json.js";
import { SensitiveParts } from "./sensitive-parts.js";

const names = new FieldNames();

/** What the log shows of a value of a schema. */
function shown(schema: z.ZodType | JsonSchema, value: unknown): unknown {
  const parts = SensitiveParts.of(schema instanceof z.ZodType ? jsonSchema(schema) : schema);
  return JSON.parse(redactedJson(value, { maxBytes: 8192, names, parts }) ?? "");
}

function jsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: "input" }) as JsonSchema;
}

const secret = z.string().meta({ sensitive: true });

describe("what a schema marks as sensitive", () => {
  it("is redacted in objects, lists, tuples and maps", () => {
    const schema = z.object({
      name: z.string(),
      diagnosis: secret,
      people: z.array(z.object({ born: secret, age: z.int() })),
      pair: z.tuple([z.string(), secret]),
      answers: z.record(z.string(), secret),
    });
    const value = {
      name: "Anna",
      diagnosis: "flu",
      people: [{ born: "1990", age: 36 }],
      pair: ["open", "closed"],
      answers: { first: "a", second: "b" },
    };
    expect(shown(schema, value)).toEqual({
      name: "Anna",
      diagnosis: "[redacted]",
      people: [{ born: "[redacted]", age: 36 }],
      pair: ["open", "[redacted]"],
      answers: { first: "[redacted]", second: "[redacted]" },
    });
  });

  it("is redacted when it is optional, nullable or has a default", () => {
    const schema = z.object({
      a: secret.optional(),
      b: z.string().optional().meta({ sensitive: true }),
      c: secret.nullable(),
      d: secret.default("x"),
    });
    const value = { a: "1", b: "2", c: "3", d: "4" };
    const redacted = "[redacted]";
    expect(shown(schema, value)).toEqual({ a: redacted, b: redacted, c: redacted, d: redacted });
  });

  it("is redacted whole when it is an object, a list or the value itself", () => {
    const address = z.object({ city: z.string() }).meta({ id: "Address", sensitive: true });
    const schema = z.object({ address, tags: z.array(z.string()).meta({ sensitive: true }) });
    expect(shown(schema, { address: { city: "Bonn" }, tags: ["a"] })).toEqual({
      address: "[redacted]",
      tags: "[redacted]",
    });
    expect(shown(address, { city: "Bonn" })).toBe("[redacted]");
  });

  it("is redacted in what refers to itself, at any depth", () => {
    const Node = z.object({
      note: secret,
      get children() {
        return z.array(Node);
      },
    });
    expect(
      shown(Node, {
        note: "a",
        children: [{ note: "b", children: [{ note: "c", children: [] }] }],
      }),
    ).toEqual({
      note: "[redacted]",
      children: [{ note: "[redacted]", children: [{ note: "[redacted]", children: [] }] }],
    });
  });

  it("is redacted when one alternative marks it, also in a value that matches none", () => {
    const schema = z.object({
      payment: z.union([
        z.object({ kind: z.literal("card"), number: secret }),
        z.object({ kind: z.literal("bill"), number: z.string() }),
      ]),
    });
    expect(shown(schema, { payment: { kind: "none", number: 5, other: 1 } })).toEqual({
      payment: { kind: "none", number: "[redacted]", other: 1 },
    });
  });

  it("is found in every keyword that describes parts of a value", () => {
    const mark = { sensitive: true };
    const schema: JsonSchema = {
      patternProperties: { "^x-": mark },
      properties: {
        a: { allOf: [mark] },
        b: JSON.parse('{"then":{"sensitive":true}}') as JsonSchema,
        c: { else: mark },
      },
      unevaluatedProperties: { oneOf: [{ type: "null" }, { $ref: "#/$defs/d~1e" }] },
      $defs: { "d/e": mark },
    };
    const redacted = "[redacted]";
    expect(shown(schema, { "x-1": 1, a: 1, b: 1, c: 1, d: 1 })).toEqual({
      "x-1": redacted,
      a: redacted,
      b: redacted,
      c: redacted,
      d: redacted,
    });
  });

  it("is nothing when the schema marks nothing", () => {
    expect(SensitiveParts.of(undefined)).toBeUndefined();
    expect(SensitiveParts.of(true)).toBeUndefined();
    expect(SensitiveParts.of({ type: "object" })).toBeUndefined();
    expect(SensitiveParts.of({ type: "object", sensitive: false })).toBeUndefined();
  });

  it("is not confused by references that lead nowhere or in a circle", () => {
    const schema: JsonSchema = {
      $ref: "#/$defs/a",
      $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } },
      properties: {
        x: { $ref: "#/nowhere" },
        y: { $ref: "https://example.com" },
        z: { sensitive: true },
      },
    };
    expect(shown(schema, { x: 1, y: 2, z: 3 })).toEqual({ x: 1, y: 2, z: "[redacted]" });
  });
});
