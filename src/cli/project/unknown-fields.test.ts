import { expect, it } from "vitest";
import { z } from "zod";
import type { JsonSchema } from "../../protocol/index.js";
import { unknownFields } from "./unknown-fields.js";

const paths = (schema: z.ZodType, value: unknown): string[] =>
  unknownFields(value, z.toJSONSchema(schema, { io: "input" }) as JsonSchema).map(
    ({ path }) => path,
  );

it("finds misspelt fields at any depth", () => {
  const item = z.object({ name: z.string(), tags: z.array(z.string()).optional() });
  const schema = z.object({
    user_id: z.string(),
    include_completed: z.boolean().default(true),
    filter: z.object({ done: z.boolean().optional() }).meta({ id: "Filter" }).optional(),
    items: z.array(item),
    pair: z.tuple([z.string(), item]),
  });
  const value = {
    user_id: "1",
    include_complted: false,
    filter: { doen: true },
    items: [{ name: "a" }, { nmae: "b" }],
    pair: ["a", { name: "b", tag: [] }],
  };
  expect(paths(schema, value)).toEqual([
    "include_complted",
    "filter.doen",
    "items.1.nmae",
    "pair.1.tag",
  ]);
  const [first] = unknownFields(value, z.toJSONSchema(schema, { io: "input" }) as JsonSchema);
  expect(first?.known).toEqual(["user_id", "include_completed", "filter", "items", "pair"]);
});

it("accepts fields of any member of a union, and any field of an open object", () => {
  const union = z.union([
    z.object({ a: z.int() }),
    z.object({ b: z.int() }).and(z.object({ c: z.int() })),
  ]);
  expect(paths(union, { a: 1, c: 2, d: 3 })).toEqual(["d"]);
  expect(paths(z.looseObject({ a: z.int() }), { b: 1 })).toEqual([]);
  expect(paths(z.record(z.string(), z.int()), { b: 1 })).toEqual([]);
  expect(paths(z.unknown(), { b: { c: 1 } })).toEqual([]);
  expect(unknownFields({ a: 1 }, undefined)).toEqual([]);
});
