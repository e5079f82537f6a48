import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { JsonSchema } from "../../protocol/index.js";
import { diffMethods } from "./diff-contracts.js";
import { changesOf, schemaOf, verdictOf } from "../testing/method-diff.js";

const text = z.string();
const Circle = z.object({ kind: z.literal("circle"), r: z.number() });
const Square = z.object({ kind: z.literal("square"), side: z.number() });
const Line = z.object({ kind: z.literal("line") });
const shapes = (...forms: [z.ZodObject, z.ZodObject, ...z.ZodObject[]]) =>
  z.discriminatedUnion("kind", forms as unknown as [typeof Circle, typeof Square]);
const A = z.object({ a: text });
const B = z.object({ b: text });
const Strict = z.strictObject({ a: text });

type Verdicts = "breaking" | "fine";

/** What changes, from, to, and what it means in params and in a result. */
type Row = [what: string, from: unknown, to: unknown, params: Verdicts, result: Verdicts];

const fields: Row[] = [
  ["a new required field", A, A.extend({ b: text }), "breaking", "fine"],
  ["a new optional field", A, A.extend({ b: text.optional() }), "fine", "fine"],
  ["a field that is gone", A.extend({ b: text }), A, "fine", "breaking"],
  ["an optional field that is gone", A.extend({ b: text.optional() }), A, "fine", "fine"],
  [
    "a field that is gone where no others may be",
    Strict.extend({ b: text }),
    Strict,
    "breaking",
    "breaking",
  ],
  ["a field that becomes optional", A, A.partial(), "fine", "breaking"],
  ["a field that becomes required", A.partial(), A, "breaking", "fine"],
  ["a field that becomes nullable", A, z.object({ a: text.nullable() }), "fine", "breaking"],
  ["a field that is no longer nullable", z.object({ a: text.nullable() }), A, "breaking", "fine"],
  ["a field of another type", A, z.object({ a: z.int() }), "breaking", "breaking"],
  [
    "objects that refuse other fields",
    { type: "object" },
    { type: "object", additionalProperties: false },
    "fine",
    "fine",
  ],
  ["a map that becomes an object", z.record(text, text), A.partial(), "fine", "fine"],
  [
    "a map that becomes an object with another type",
    z.record(text, text),
    z.object({ n: z.int().optional() }),
    "breaking",
    "breaking",
  ],
  [
    "a map with other values",
    z.record(text, z.int()),
    z.record(text, z.number()),
    "fine",
    "breaking",
  ],
  [
    "a map with fewer keys",
    z.partialRecord(z.enum(["a", "b"]), text),
    z.partialRecord(z.enum(["a"]), text),
    "breaking",
    "fine",
  ],
  ["a field that goes to the others", A, z.looseObject({}), "fine", "breaking"],
  [
    "a field that goes to others of another type",
    A,
    z.object({}).catchall(z.int()),
    "breaking",
    "breaking",
  ],
  [
    "fewer fields needed",
    { type: "object", minProperties: 2 },
    { type: "object", minProperties: 1 },
    "fine",
    "breaking",
  ],
];

const defaults: Row[] = [
  [
    "a default where the field was required",
    z.object({ n: z.int() }),
    z.object({ n: z.int().default(1) }),
    "fine",
    "fine",
  ],
  [
    "another default",
    z.object({ n: z.int().default(1) }),
    z.object({ n: z.int().default(2) }),
    "breaking",
    "fine",
  ],
  [
    "a new default",
    z.object({ n: z.int().optional() }),
    z.object({ n: z.int().default(2) }),
    "fine",
    "fine",
  ],
  [
    "no default any more",
    z.object({ n: z.int().default(1) }),
    z.object({ n: z.int().optional() }),
    "breaking",
    "breaking",
  ],
];

const values: Row[] = [
  ["a new value", z.enum(["a", "b"]), z.enum(["a", "b", "c"]), "fine", "fine"],
  ["a value that is gone", z.enum(["a", "b", "c"]), z.enum(["a", "b"]), "breaking", "fine"],
  ["a second value", z.literal("a"), z.enum(["a", "b"]), "fine", "breaking"],
  ["any text", z.enum(["a", "b"]), text, "fine", "breaking"],
  ["some texts only", text, z.enum(["a", "b"]), "breaking", "fine"],
  [
    "only texts that the values do not match",
    z.enum(["a", "b"]),
    text.min(2),
    "breaking",
    "breaking",
  ],
  ["a new number", z.literal([1, 2]), z.literal([1, 2, 3]), "fine", "fine"],
  ["true only", z.boolean(), z.literal(true), "breaking", "fine"],
  ["false as well", z.literal(true), z.boolean(), "fine", "breaking"],
];

const constraints: Row[] = [
  ["a whole number", z.number(), z.int(), "breaking", "fine"],
  ["a number that is not whole", z.int(), z.number(), "fine", "breaking"],
  ["a higher minimum", z.number().min(1), z.number().min(2), "breaking", "fine"],
  ["a maximum", z.number(), z.number().max(2), "breaking", "fine"],
  ["no exclusive maximum", z.number().lt(2), z.number(), "fine", "breaking"],
  ["multiples of 2", z.number().multipleOf(4), z.number().multipleOf(2), "fine", "breaking"],
  [
    "multiples of 3, not 2",
    z.number().multipleOf(2),
    z.number().multipleOf(3),
    "breaking",
    "breaking",
  ],
  ["multiples", z.number(), z.number().multipleOf(2), "breaking", "fine"],
  ["a longer text", text.max(3), text.max(4), "fine", "breaking"],
  ["a shortest length", text, text.min(1), "breaking", "fine"],
  ["a pattern", text, text.regex(/a/), "breaking", "fine"],
  ["another pattern", text.regex(/a/), text.regex(/b/), "breaking", "breaking"],
  ["a format", text, z.uuid(), "breaking", "fine"],
  ["no format", z.email(), text, "fine", "breaking"],
  ["another format", z.iso.date(), z.iso.datetime(), "breaking", "breaking"],
  ["base64", text, z.base64(), "breaking", "fine"],
  ["a text in place of a number", z.number(), text, "breaking", "breaking"],
  ["a text or a number", z.number(), z.union([text, z.number()]), "fine", "breaking"],
  ["anything", text, z.unknown(), "fine", "breaking"],
  ["not anything", z.unknown(), text, "breaking", "fine"],
  ["nothing", text, z.never(), "breaking", "fine"],
];

const lists: Row[] = [
  ["items of a wider type", z.array(z.int()), z.array(z.number()), "fine", "breaking"],
  ["a longest length", z.array(text), z.array(text).max(2), "breaking", "fine"],
  [
    "items that differ",
    { type: "array" },
    { type: "array", uniqueItems: true },
    "breaking",
    "fine",
  ],
  ["a tuple with one more place", z.tuple([text]), z.tuple([text, text]), "breaking", "breaking"],
  ["a tuple with a rest", z.tuple([text]), z.tuple([text]).rest(text), "fine", "breaking"],
  ["a tuple in place of a list", z.array(text), z.tuple([text]).rest(text), "breaking", "fine"],
  [
    "another type at a place",
    z.tuple([text, text]),
    z.tuple([text, z.int()]),
    "breaking",
    "breaking",
  ],
];

const unions: Row[] = [
  ["one more tagged object", shapes(Circle, Square), shapes(Circle, Square, Line), "fine", "fine"],
  [
    "one tagged object less",
    shapes(Circle, Square, Line),
    shapes(Circle, Square),
    "breaking",
    "fine",
  ],
  ["a second object, with a tag", Circle, shapes(Circle, Square), "fine", "breaking"],
  ["another tag", Circle, Circle.extend({ kind: z.literal("disc") }), "breaking", "breaking"],
  [
    "tagged objects in another order",
    shapes(Circle, Square),
    shapes(Square, Circle),
    "fine",
    "fine",
  ],
  [
    "a field of one of the tagged objects",
    shapes(Circle, Square),
    shapes(Circle.extend({ x: z.int() }), Square),
    "breaking",
    "fine",
  ],
  [
    "one more of several objects without a tag",
    z.union([A, B]),
    z.union([A, B, z.object({ c: text })]),
    "fine",
    "breaking",
  ],
  ["one less of several objects without a tag", z.union([A, B]), A, "breaking", "fine"],
  ["objects without a tag in another order", z.union([A, B]), z.union([B, A]), "fine", "fine"],
  [
    "an object that takes what two took",
    z.union([A, A.extend({ b: text })]),
    A.extend({ b: text.optional() }),
    "fine",
    "fine",
  ],
];

const unread: Row[] = [
  [
    "a keyword that is not taken apart",
    { not: { type: "null" } },
    { not: { type: "string" } },
    "breaking",
    "breaking",
  ],
  [
    "patterns of names",
    { patternProperties: { a: true } },
    { patternProperties: { b: true } },
    "breaking",
    "breaking",
  ],
  ["a condition", A, { type: "object", if: {} }, "breaking", "breaking"],
  ["a reference to nowhere", { $ref: "#/$defs/a" }, { $ref: "#/$defs/b" }, "breaking", "breaking"],
  ["a constant object", { const: { a: 1 } }, { const: { a: 2 } }, "breaking", "breaking"],
  ["two patterns", text.regex(/a/), text.regex(/a/).regex(/b/), "breaking", "breaking"],
  ["an unknown type", { type: "file" }, { type: "string" }, "breaking", "breaking"],
];

describe.each(Object.entries({ fields, defaults, values, constraints, lists, unions, unread }))(
  "%s",
  (_topic, rows) => {
    it.each(rows)("%s", (_what, from, to, params, result) => {
      expect([verdictOf("params", from, to), verdictOf("result", from, to)]).toEqual([
        params === "fine" ? "compatible" : "changed",
        result === "fine" ? "compatible" : "changed",
      ]);
    });
  },
);

describe("schemas that mean the same", () => {
  it.each<[what: string, from: unknown, to: unknown]>([
    ["a reference and what it leads to", z.object({ a: A }), z.object({ a: A.meta({ id: "A" }) })],
    ["an object and its two parts", z.intersection(A, B.meta({ id: "B" })), A.extend({ b: text })],
    ["anyOf and oneOf", { anyOf: [{ type: "null" }] }, { oneOf: [{ type: "null" }] }],
    ["one value and a constant", { enum: ["a"] }, { const: "a" }],
    [
      "a list of types and a union",
      { type: ["null", "string"] },
      { anyOf: [{ type: "string" }, { type: "null" }] },
    ],
    ["true and an empty schema", true, {}],
    ["false and nothing", false, { not: {} }],
  ])("are compatible: %s", (_what, from, to) => {
    for (const part of ["params", "result"] as const) {
      for (const [old, now] of [
        [from, to],
        [to, from],
      ]) {
        const diff = diffMethods({ [part]: schemaOf(part, old) }, { [part]: schemaOf(part, now) });
        expect(diff).toMatchObject({
          verdict: "compatible",
          changes: [{ what: "is written differently" }],
        });
      }
    }
  });

  it.each<[what: string, from: JsonSchema, to: JsonSchema]>([
    ["other names of the definitions", defined("A"), defined("B")],
    ["documents", { type: "string" }, { type: "string", title: "t", description: "d", "x-y": 1 }],
    ["the order of values", { enum: ["a", "b"] }, { enum: ["b", "a"] }],
    ["the order of keywords", { type: "string", minLength: 1 }, { minLength: 1, type: "string" }],
  ])("are the same: %s", (_what, from, to) => {
    expect(diffMethods({ params: from }, { params: to })).toEqual({ verdict: "same", changes: [] });
  });
});

describe("what contains itself", () => {
  const tree = (value: z.ZodType) => {
    const Tree = z.object({
      value,
      get children() {
        return z.array(Tree);
      },
    });
    return Tree;
  };

  it("is compared to its end", () => {
    const [old, now] = [tree(text), tree(text.min(1))];
    expect(verdictOf("params", old, old)).toBe("same");
    expect(changesOf("params", old, now)).toEqual([
      "params.value: has the minLength 1: old clients may send values that are no longer accepted",
    ]);
    expect(verdictOf("result", old, now)).toBe("compatible");
  });

  it("is compared with what contains itself at another distance", () => {
    const twice: JsonSchema = {
      $ref: "#/$defs/a",
      $defs: {
        a: { type: "object", properties: { next: { $ref: "#/$defs/b" } } },
        b: { type: "object", properties: { next: { $ref: "#/$defs/a" } } },
      },
    };
    const once: JsonSchema = { type: "object", properties: { next: { $ref: "#" } } };
    expect(verdictOf("params", twice, once)).toBe("compatible");
    expect(changesOf("params", twice, once)).toEqual([
      ": is written differently: the meaning is the same",
    ]);
  });
});

describe("the reasons", () => {
  it("say where, what and why", () => {
    const old = z.object({
      filter: z.object({ tags: z.array(z.enum(["a", "b"])), limit: z.int().max(10) }),
      shape: shapes(Circle, Square),
    });
    const now = z.object({
      filter: z.object({ tags: z.array(z.enum(["a"])), limit: z.int().max(20), order: text }),
      shape: shapes(Circle, Square.extend({ side: text })),
    });
    expect(changesOf("params", old, now)).toEqual([
      "params.filter.limit: has the maximum 20, not 10: what old clients send is still accepted",
      'params.filter.tags[]: can no longer be "b": old clients may send values that are no longer accepted',
      "params.filter.order: is new: old clients do not send it",
      'params.shape(kind: "square").side: can now be a string: what old clients send is still accepted',
      'params.shape(kind: "square").side: can no longer be a number: old clients may send values that are no longer accepted',
    ]);
  });

  it("are short and on one line", () => {
    const old = z.enum(["\n".repeat(100), ...Array.from({ length: 20 }, (_, n) => `value${n}`)]);
    const [change] = changesOf("params", old, z.enum(["value1"]));
    expect(change).toMatch(/ or 15 others:/);
    expect(change).not.toContain("\n");
    expect(change?.length).toBeLessThan(250);
  });
});

function defined(name: string): JsonSchema {
  return {
    type: "array",
    items: { $ref: `#/$defs/${name}` },
    $defs: { [name]: { type: "object", properties: { x: { type: "string" } } } },
  };
}
