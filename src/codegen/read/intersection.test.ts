import { describe, expect, test } from "vitest";
import type { JsonSchema } from "../../protocol/index.js";
import type { Type } from "../model/api-model.js";
import { field, named, namesOf, object, problems, read, typeOf } from "../testing/read.js";

const text = { type: "string" };
const integer = { type: "integer" };

/** The fields of the intersection as `name: type`, and its rest. */
function fieldsOf(...allOf: JsonSchema[]): string[] {
  const found = named(read(object({ x: { allOf } })), "AGetParamsX");
  if (found.kind !== "object") throw new Error(found.kind);
  const kind = (type: Type) => (type.kind === "model" ? type.model : type.kind);
  const fields = found.fields.map((f) => `${f.name}${f.required ? "" : "?"}: ${kind(f.type)}`);
  return [...fields, ...(found.rest === undefined ? [] : [`...${kind(found.rest)}`])];
}

describe("an intersection", () => {
  test("of objects has the fields of all of them", () => {
    expect(fieldsOf(object({ a: text }), { properties: { b: integer } })).toEqual([
      "a: string",
      "b?: integer",
    ]);
  });

  test("requires what any part requires", () => {
    const optional = { type: "object", properties: { a: text, b: text } };
    expect(fieldsOf(optional, { required: ["b"] })).toEqual(["a?: string", "b: string"]);
  });

  test("narrows the fields that parts share", () => {
    expect(fieldsOf(object({ a: { type: "number" } }), object({ a: integer }))).toEqual([
      "a: integer",
    ]);
    expect(fieldsOf(object({ a: text }), object({ a: { format: "uuid" } }))).toEqual(["a: format"]);
    const enums = [{ enum: ["a", "b"] }, { enum: ["b", "c"] }].map((a) => object({ a }));
    const api = read(object({ x: { allOf: enums } }));
    expect(named(api, "AGetParamsXA")).toMatchObject({ values: ["b"] });
  });

  test("of a type and constants has the constants of the type", () => {
    const schema = { allOf: [{ enum: ["a", 1, null] }, { type: ["string", "null"] }] };
    expect(typeOf(schema)).toEqual({
      kind: "nullable",
      type: { kind: "model", model: "AGetParamsX" },
    });
  });

  test("of objects and a map has the map's values as its rest", () => {
    const map = { type: "object", additionalProperties: text };
    expect(fieldsOf(object({ a: text }), map)).toEqual(["a: string", "...string"]);
  });

  test("of closed objects is closed only together", () => {
    const closed = (name: string) => object({ [name]: text }, { additionalProperties: false });
    expect(fieldsOf(closed("a"), closed("b"))).toEqual(["a: string", "b: string"]);
    expect(fieldsOf(closed("a"), object({}, { additionalProperties: {} }))).toEqual([
      "a: string",
      "...unknown",
    ]);
  });

  test("of lists has the items of both", () => {
    const list = (items: JsonSchema) => ({ type: "array", items });
    expect(typeOf({ allOf: [list({ type: "number" }), list(integer)] })).toEqual({
      kind: "array",
      items: { kind: "integer" },
    });
    const pair = { prefixItems: [text, {}], items: false, minItems: 2 };
    expect(typeOf({ allOf: [pair, list({ enum: ["a"] }), { minItems: 1 }] })).toMatchObject({
      kind: "tuple",
      items: [{ kind: "model" }, { kind: "model" }],
    });
  });

  test("of one part is that part, under its name", () => {
    const $defs = { Point: object({ x: integer }) };
    const point = { $ref: "#/$defs/Point" };
    const parts = { type: "object", allOf: [point, { description: "b" }], minProperties: 1 };
    const api = read({ ...(object({ a: { allOf: [point] }, b: parts }) as object), $defs });
    expect(namesOf(api)).toEqual(["AGetParams", "Point"]);
  });

  test("with a type that a part has anyway keeps the part's name", () => {
    const $defs = { Level: { enum: ["a"] }, Size: { enum: [1, 2] }, Box: object({ x: integer }) };
    const fields = {
      a: { type: "string", $ref: "#/$defs/Level" },
      b: { type: "number", allOf: [{ $ref: "#/$defs/Size" }] },
      c: { type: "object", $ref: "#/$defs/Box" },
    };
    const api = read({ ...(object(fields) as object), $defs });
    expect(namesOf(api)).toEqual(["AGetParams", "Box", "Level", "Size"]);
  });

  test("has its own name and texts", () => {
    const parts = [object({ a: text }, { id: "A", description: "a" }), object({ b: text })];
    const api = read({ allOf: parts, id: "Both", description: "Two in one." });
    expect(named(api, "Both")).toMatchObject({ description: "Two in one." });
    expect(namesOf(api)).toEqual(["Both"]);
  });

  test("of a $ref and what stands beside it is one, too", () => {
    const $defs = { Point: object({ x: integer }) };
    const beside = { $ref: "#/$defs/Point", properties: { y: integer }, required: ["y"] };
    const api = read({ ...(object({ p: beside }) as object), $defs });
    expect(named(api, "AGetParamsP")).toMatchObject({ fields: [{ name: "y" }, { name: "x" }] });
  });

  test("keeps the constraints of a text apart from its type", () => {
    expect(typeOf({ type: "string", allOf: [{ pattern: "a" }, { pattern: "b" }] })).toEqual({
      kind: "string",
    });
  });

  test("can contain itself below", () => {
    const tree = {
      allOf: [
        object({ value: text }),
        object({ children: { type: "array", items: { $ref: "#/$defs/Tree" } } }),
      ],
    };
    const api = read({
      ...(object({ t: { $ref: "#/$defs/Tree" } }) as object),
      $defs: { Tree: tree },
    });
    expect(named(api, "Tree")).toMatchObject({
      fields: [{ name: "value" }, { type: { items: { kind: "model", model: "Tree" } } }],
    });
  });

  test("of types that contain themselves ends", () => {
    const node = (name: string) =>
      object({ [name]: text, next: { anyOf: [{ $ref: `#/$defs/${name}` }, { type: "null" }] } });
    const api = read({
      ...(object({ x: { allOf: [{ $ref: "#/$defs/a" }, { $ref: "#/$defs/b" }] } }) as object),
      $defs: { a: node("a"), b: node("b") },
    });
    expect(named(api, "AGetParamsX")).toMatchObject({
      fields: [
        { name: "a" },
        { name: "next", type: { type: { kind: "model", model: "AGetParamsX" } } },
        { name: "b" },
      ],
    });
  });

  test("with a union that contains itself ends", () => {
    const params = (anyOf: JsonSchema[]) => ({
      ...(object({ x: { allOf: [{ $ref: "#/$defs/U" }, object({ b: text })] } }) as object),
      $defs: { U: { anyOf } },
    });
    const self = { $ref: "#/$defs/U" };
    expect(named(read(params([self, object({ a: text })])), "AGetParamsX")).toMatchObject({
      fields: [{ name: "a" }, { name: "b" }],
    });
    expect(problems(() => read(params([self])))).toEqual([
      "a.get params.x: it refers only to itself",
    ]);
  });

  test("keeps the text of a field that parts share", () => {
    const parts = [
      object({ a: { type: "number", description: "How much." } }),
      object({ a: integer }),
    ];
    const api = read(object({ x: { allOf: parts } }));
    expect(named(api, "AGetParamsX")).toMatchObject({ fields: [{ description: "How much." }] });
  });
});

describe("an intersection with a union", () => {
  const variant = (kind: string) => object({ kind: { const: kind } }, { id: kind.toUpperCase() });

  test("is a union of intersections", () => {
    const union = { oneOf: [variant("a"), variant("b")] };
    const api = read(object({ x: { allOf: [union, object({ id: text })] } }));
    expect(named(api, "AGetParamsX")).toMatchObject({
      discriminator: "kind",
      variants: [{ tags: ["a"] }, { tags: ["b"] }],
    });
    expect(named(api, "AGetParamsXA")).toMatchObject({
      fields: [{ name: "kind" }, { name: "id" }],
    });
  });

  test("that it only gives a type keeps the variants", () => {
    const api = read(object({ x: { type: "object", oneOf: [variant("a"), variant("b")] } }));
    expect(namesOf(api)).toContain("B");
  });

  test("leaves out the variants that contradict it", () => {
    expect(typeOf({ type: "string", anyOf: [text, integer, { type: "null" }] })).toEqual({
      kind: "string",
    });
  });

  test("whose alternatives only require fields is no union", () => {
    const either = {
      properties: { a: text, b: text },
      anyOf: [{ required: ["a"] }, { required: ["b"] }],
    };
    expect(field(either).type).toEqual({ kind: "model", model: "AGetParamsX" });
    expect(named(read(object({ x: either })), "AGetParamsX")).toMatchObject({
      fields: [{ required: false }, { required: false }],
    });
  });

  test("keeps the format that stands beside the alternatives", () => {
    const constants = [{ const: "00000000-0000-0000-0000-000000000000" }];
    expect(typeOf({ anyOf: [text, ...constants], format: "uuid" })).toEqual({
      kind: "format",
      format: "uuid",
    });
  });
});

describe("is refused with both types", () => {
  test.each<[string, JsonSchema[]]>([
    ["string and integer", [text, integer]],
    [
      "string (uuid) and string (date)",
      [
        { ...text, format: "uuid" },
        { ...text, format: "date" },
      ],
    ],
    ['"a" and "b"', [{ const: "a" }, { const: "b" }]],
    ["string and 1", [text, { const: 1 }]],
    ["object and array", [object({}), { items: {} }]],
  ])("%s", (types, allOf) => {
    const problem = `the parts of an intersection have conflicting types: ${types}`;
    expect(problems(() => read(object({ x: { allOf } })))).toEqual([`a.get params.x: ${problem}`]);
    const parts = allOf.map((a) => object({ a }));
    expect(problems(() => read(object({ x: { allOf: parts } })))).toEqual([
      `a.get params.x.a: ${problem}`,
    ]);
  });

  test("a field and the values of a map", () => {
    const map = { type: "object", additionalProperties: integer };
    expect(problems(() => read(object({ x: { allOf: [object({ a: text }), map] } })))).toEqual([
      "a.get params.x.a: the parts of an intersection have conflicting types: string and integer",
    ]);
  });

  test("too many variants", () => {
    const union = (name: string) => ({
      oneOf: Array.from({ length: 20 }, (_, index) => object({ [name]: { const: index } })),
    });
    expect(problems(() => read(object({ x: { allOf: [union("a"), union("b")] } })))).toEqual([
      "a.get params.x: the intersection has more than 256 variants",
    ]);
  });
});
