import { describe, expect, test } from "vitest";
import type { JsonSchema } from "../../protocol/index.js";
import type { Type, UnionModel } from "../model/api-model.js";
import { named, namesOf, object, problems, read, readMethods, typeOf } from "../testing/read.js";

function union(schema: JsonSchema): UnionModel {
  const found = named(read(object({ x: schema })), "AGetParamsX");
  if (found.kind !== "union") throw new Error(found.kind);
  return found;
}

const variant = (kind: JsonSchema, extra: Record<string, JsonSchema> = {}) =>
  object({ kind, ...extra });

describe("alternatives of one JSON type are one type", () => {
  test.each<[JsonSchema, Type]>([
    [{ anyOf: [{ type: "string" }, { const: "a" }] }, { kind: "string" }],
    [{ anyOf: [{ const: true }, { const: false }] }, { kind: "boolean" }],
    [{ anyOf: [{}, { type: "string" }] }, { kind: "unknown" }],
    [{ anyOf: [{ type: "integer" }, { const: 2 }] }, { kind: "integer" }],
    [{ anyOf: [{ type: "integer" }, { type: "number" }] }, { kind: "number" }],
    [
      {
        anyOf: [
          { type: "string", format: "uuid" },
          { const: "x", format: "uuid" },
        ],
      },
      { kind: "format", format: "uuid" },
    ],
    [
      {
        anyOf: [
          { type: "string", format: "uuid" },
          { type: "string", format: "email" },
        ],
      },
      { kind: "string" },
    ],
    [{ anyOf: [{ type: "string", format: "date" }, { const: "now" }] }, { kind: "string" }],
  ])("%j", (schema, type) => {
    expect(typeOf(schema)).toEqual(type);
  });

  test("the constants of ArkType's unions become one enum", () => {
    const schema = { anyOf: [{ const: "a" }, { const: "b" }, { type: "null" }] };
    expect(named(read(object({ x: schema })), "AGetParamsX")).toMatchObject({
      kind: "enum",
      values: ["a", "b"],
    });
  });
});

test("a union has a variant for each JSON type", () => {
  const schema = { anyOf: [{ enum: ["a", 1, 2.5] }, { type: "array", items: { type: "string" } }] };
  expect(union(schema)).toMatchObject({
    ambiguous: false,
    variants: [{ json: "string" }, { json: "number" }, { json: "array" }],
  });
  expect(named(read(object({ x: schema })), "AGetParamsXNumber")).toMatchObject({
    base: "number",
    values: [1, 2.5],
  });
});

test("unions in a union are flattened", () => {
  const inner = {
    anyOf: [{ type: "integer" }, { anyOf: [{ type: "boolean" }, { type: "null" }] }],
  };
  const schema = { anyOf: [{ type: "string" }, inner] };
  expect(typeOf(schema)).toEqual({
    kind: "nullable",
    type: { kind: "model", model: "AGetParamsX" },
  });
  expect(union(schema).variants.map(({ json }) => json)).toEqual(["string", "number", "boolean"]);
});

test("a union of nothing but null is null, and one of nothing but itself is refused", () => {
  const params = (anyOf: JsonSchema[]) => ({
    ...(object({ x: { anyOf } }) as object),
    $defs: { __schema0: { type: "null" }, __schema1: { type: "null" } },
  });
  const nulls = params([{ $ref: "#/$defs/__schema0" }, { $ref: "#/$defs/__schema1" }]);
  expect(named(read(nulls), "AGetParams")).toMatchObject({ fields: [{ type: { kind: "null" } }] });
  const self = { anyOf: [{ $ref: "#" }, { $ref: "#" }] };
  expect(problems(() => read(self))).toEqual(["a.get params: it refers only to itself"]);
});

describe("objects are told apart", () => {
  test("by the first property that can", () => {
    const variants = [1, 2].map((version) =>
      object({ same: { const: 1 }, kind: { const: `k${version}` }, version: { const: version } }),
    );
    expect(union({ oneOf: variants })).toMatchObject({
      discriminator: "kind",
      variants: [
        { tags: ["k1"], type: { model: "AGetParamsXK1" } },
        { tags: ["k2"], type: { model: "AGetParamsXK2" } },
      ],
    });
  });

  test.each<[string, JsonSchema[], unknown[][]]>([
    ["several values", [{ enum: ["a", "b"] }, { const: "c" }], [["a", "b"], ["c"]]],
    ["numbers", [{ const: 1 }, { enum: [2, 3] }], [[1], [2, 3]]],
    ["booleans", [{ const: true }, { const: false }], [[true], [false]]],
    [
      "constants of a union",
      [{ anyOf: [{ const: "a" }, { const: "b" }] }, { const: "c" }],
      [["a", "b"], ["c"]],
    ],
    ["an enum by reference", [{ $ref: "#/$defs/AB" }, { const: "c" }], [["a", "b"], ["c"]]],
  ])("by %s", (_title, kinds, tags) => {
    const params = {
      ...(object({ x: { oneOf: kinds.map((kind) => variant(kind)) } }) as object),
      $defs: { AB: { enum: ["a", "b"] } },
    };
    expect(named(read(params), "AGetParamsX")).toMatchObject({
      ambiguous: false,
      variants: tags.map((values) => ({ tags: values })),
    });
  });

  test("in a definition and in an intersection", () => {
    const params = {
      ...(object({
        x: {
          oneOf: [{ $ref: "#/$defs/A" }, { allOf: [object({ id: {} }), variant({ const: "b" })] }],
        },
      }) as object),
      $defs: { A: variant({ const: "a" }) },
    };
    expect(named(read(params), "AGetParamsX")).toMatchObject({
      discriminator: "kind",
      variants: [{ type: { model: "A" } }, { type: { model: "AGetParamsXB" } }],
    });
  });

  test("though the names of their tags are the same in one case", () => {
    const schema = { oneOf: [variant({ const: "foo" }), variant({ const: "FOO" })] };
    const names = union(schema).variants.map(({ type }) => type.kind === "model" && type.model);
    expect(new Set(names).size).toBe(2);
    expect(names[0]).toMatch(/^AGetParamsXFoo_[0-9a-f]{4}$/);
  });
});

describe("a union is ambiguous", () => {
  const optional = {
    type: "object",
    properties: { kind: { const: "b" }, z: { type: "string" } },
  };

  test.each<[string, JsonSchema[]]>([
    ["no property has constants", [object({ a: {} }), object({ b: {} })]],
    ["the constants overlap", [variant({ enum: ["a", "b"] }), variant({ enum: ["b"] })]],
    ["the discriminator is optional in one", [variant({ const: "a" }), optional]],
    ["the constants are of two types", [variant({ const: 1 }), variant({ const: "1" })]],
    ["the constants are fractions", [variant({ const: 1.5 }), variant({ const: 2.5 })]],
    ["one object is a map", [variant({ const: "a" }), { type: "object" }]],
  ])("when %s", (_title, anyOf) => {
    expect(union({ anyOf })).toMatchObject({
      ambiguous: true,
      discriminator: undefined,
      open: false,
      variants: [
        { json: "object", tags: [] },
        { json: "object", tags: [] },
      ],
    });
  });

  test("when lists have different items, and then has no tags at all", () => {
    const lists = [
      { type: "array", items: { type: "string" } },
      { type: "array", items: { type: "integer" } },
    ];
    const objects = [variant({ const: "a" }), variant({ const: "b" })];
    expect(union({ anyOf: [...lists, ...objects] })).toMatchObject({
      ambiguous: true,
      discriminator: undefined,
      variants: [{ json: "array" }, { json: "array" }, { tags: [] }, { tags: [] }],
    });
  });

  test("and names its objects by a field that only they have", () => {
    const anyOf = [object({ id: {}, card: {} }), object({ id: {}, iban: {} }), object({ id: {} })];
    expect(namesOf(read(object({ x: { anyOf } })))).toEqual([
      "AGetParams",
      "AGetParamsX",
      "AGetParamsXCard",
      "AGetParamsXIban",
      "AGetParamsXVariant3",
    ]);
  });

  test("which is a warning with what to do", () => {
    const lists = [
      { type: "array", items: { type: "string" } },
      { type: "array", items: { type: "integer" } },
    ];
    const { warnings } = read(
      object({ x: { anyOf: [object({ a: {} }), object({ b: {} })] }, y: { anyOf: lists } }),
    );
    const problem = (name: string) =>
      `the variants of ${name} cannot be told apart: clients try them in order`;
    expect(warnings).toEqual([
      {
        method: "a.get",
        path: "params.x",
        problem: problem("AGetParamsX"),
        fix: "add a discriminator: a required literal field of the same name in every variant",
      },
      {
        method: "a.get",
        path: "params.y",
        problem: problem("AGetParamsY"),
        fix: "use one array whose items are a union",
      },
    ]);
  });

  test("but not when the lists are the same", () => {
    const list = { type: "array", items: { type: "string" } };
    expect(typeOf({ anyOf: [list, { ...list, minItems: 1 }] })).toEqual({
      kind: "array",
      items: { kind: "string" },
    });
  });
});

describe("what a newer server may add to is open", () => {
  const open = (name: string, result: JsonSchema, params?: JsonSchema) => {
    const api = readMethods({ name: "a.get", result, ...(params !== undefined && { params }) });
    const found = named(api, name);
    return found.kind === "enum" || found.kind === "union" ? found.open : undefined;
  };

  test("enums of texts and numbers in results", () => {
    expect(open("AGetResultX", object({ x: { enum: ["a", "b"] } }))).toBe(true);
    expect(open("AGetResultX", object({ x: { enum: [1, 2] } }))).toBe(true);
    const shared = object({ x: { enum: ["a", "b"], id: "Shared" } });
    expect(open("Shared", shared, shared)).toBe(true);
  });

  test("but no constants, no booleans, no discriminators, and none of params alone", () => {
    expect(open("AGetResultX", object({ x: { const: "a" } }))).toBe(false);
    expect(open("AGetResultX", object({ x: { const: true } }))).toBe(false);
    expect(open("AGetParamsX", object({}), object({ x: { enum: ["a", "b"] } }))).toBe(false);
    const tags = [{ enum: ["a", "b"], id: "Tag" }, { const: "c" }];
    expect(open("Tag", object({ x: { oneOf: tags.map((tag) => variant(tag)) } }))).toBe(false);
  });

  test("unions with a discriminator in results, unless it is true or false", () => {
    const shapes = (...tags: unknown[]) =>
      object({ x: { oneOf: tags.map((tag) => variant({ const: tag })) } });
    expect(open("AGetResultX", shapes("a", "b"))).toBe(true);
    expect(open("AGetResultX", shapes(1, 2))).toBe(true);
    expect(open("AGetResultX", shapes(true, false))).toBe(false);
    expect(open("AGetParamsX", object({}), shapes("a", "b"))).toBe(false);
    expect(open("AGetResultX", object({ x: { type: ["string", "integer"] } }))).toBe(false);
  });
});
