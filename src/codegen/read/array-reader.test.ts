import { describe, expect, test } from "vitest";
import type { JsonSchema } from "../../protocol/index.js";
import type { Type } from "../model/api-model.js";
import { namesOf, object, read, typeOf } from "../testing/read.js";

const STRING: Type = { kind: "string" };
const INTEGER: Type = { kind: "integer" };
const UNKNOWN: Type = { kind: "unknown" };

describe("tuples", () => {
  const places = [{ type: "string" }, { type: "integer" }];

  test.each<[JsonSchema, Type]>([
    [
      { type: "array", prefixItems: places, items: false, minItems: 2 },
      { kind: "tuple", items: [STRING, INTEGER], rest: undefined },
    ],
    [
      { prefixItems: places, items: { type: "boolean" }, minItems: 2 },
      { kind: "tuple", items: [STRING, INTEGER], rest: { kind: "boolean" } },
    ],
    [
      { prefixItems: places, minItems: 2 },
      { kind: "tuple", items: [STRING, INTEGER], rest: UNKNOWN },
    ],
    [
      { prefixItems: places, minItems: 2, maxItems: 2 },
      { kind: "tuple", items: [STRING, INTEGER], rest: undefined },
    ],
    [
      { type: "array", prefixItems: [], items: false },
      { kind: "tuple", items: [], rest: undefined },
    ],
    [
      { type: "array", maxItems: 0 },
      { kind: "tuple", items: [], rest: undefined },
    ],
    [
      { type: "array", items: { type: "string" }, minItems: 2, maxItems: 2 },
      { kind: "array", items: STRING },
    ],
  ])("%j", (schema, type) => {
    expect(typeOf(schema)).toEqual(type);
  });

  test("name their items by position", () => {
    const [first, second, item] = ["a", "b", "c"].map((name) => object({ [name]: {} }));
    const tuple = { prefixItems: [first, second], items: item, minItems: 2 };
    expect(namesOf(read(object({ x: tuple })))).toEqual([
      "AGetParams",
      "AGetParamsX1",
      "AGetParamsX2",
      "AGetParamsXItem",
    ]);
  });
});
