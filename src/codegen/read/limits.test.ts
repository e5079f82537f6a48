import { expect, test } from "vitest";
import type { JsonSchema } from "../../protocol/index.js";
import { object, problems, read, readMethods } from "../testing/read.js";

function nested(levels: number, around: (inner: JsonSchema) => JsonSchema): JsonSchema {
  let schema: JsonSchema = { type: "string" };
  for (let level = 0; level < levels; level++) schema = around(schema);
  return schema;
}

test("10,000 properties are read", () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `field_${index}`);
  const api = read(object(Object.fromEntries(names.map((name) => [name, { type: "string" }]))));
  expect(api.models[0]).toMatchObject({ fields: { length: 10_000 } });
});

test("200 levels of objects, lists, unions and intersections are read", () => {
  expect(read(nested(200, (a) => object({ a }))).models).toHaveLength(200);
  expect(read(nested(200, (items) => ({ type: "array", items }))).methods[0]?.params).toMatchObject(
    {
      kind: "array",
    },
  );
  expect(
    read(nested(200, (inner) => ({ anyOf: [inner, { type: "integer" }] }))).models,
  ).toHaveLength(1);
  expect(read(nested(200, (inner) => ({ allOf: [inner, { type: "string" }] }))).models).toEqual([]);
});

test("more than 500 levels without an object in between are refused", () => {
  const lists = nested(600, (items) => ({ type: "array", items }));
  expect(problems(() => read(lists))).toEqual([
    expect.stringMatching(/arrays, maps and unions are nested more than 500 levels deep$/),
  ]);
  const parts = nested(600, (inner) => ({ allOf: [inner] }));
  expect(problems(() => read(parts))).toEqual([
    "a.get params: $ref and allOf are nested more than 500 levels deep",
  ]);
});

test("a contract of 5 MB is read in seconds", { timeout: 60_000 }, () => {
  const $defs = Object.fromEntries(
    Array.from({ length: 30 }, (_, index) => [
      `Shared${index}`,
      object({
        id: { type: "string", format: "uuid" },
        next: { anyOf: [{ $ref: `#/$defs/Shared${(index + 1) % 30}` }, { type: "null" }] },
        state: { enum: ["open", "closed"] },
      }),
    ]),
  );
  const methods = Array.from({ length: 800 }, (_, index) => ({
    name: `area_${index % 40}.method_${index}`,
    params: object({ text: { type: "string" }, filter: object({ x: { type: "integer" } }) }),
    result: {
      ...(object({ item: { $ref: `#/$defs/Shared${index % 30}` } }) as object),
      $defs,
    },
  }));
  expect(JSON.stringify(methods).length).toBeGreaterThan(5_000_000);
  const before = process.cpuUsage();
  const api = readMethods(...methods);
  expect(api.models).toHaveLength(800 * 3 + 30 * 2);
  const { user } = process.cpuUsage(before);
  expect(user / 1e6).toBeLessThan(10);
});
