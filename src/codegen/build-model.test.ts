import { describe, expect, test } from "vitest";
import type { JsonSchema } from "../protocol/index.js";
import type { ApiModel, Field, Model } from "./api-model.js";
import { buildModel } from "./build-model.js";
import { ContractError } from "./contract-error.js";

const EMPTY = { type: "object", properties: {} };

function object(properties: Record<string, JsonSchema>, rest: object = {}): JsonSchema {
  return { type: "object", properties, required: Object.keys(properties), ...rest };
}

function model(params: JsonSchema, result: JsonSchema = EMPTY): ApiModel {
  return buildModel({ contract: 1, methods: [{ name: "a.get", params, result }] });
}

function named(api: ApiModel, name: string): Model {
  const found = api.models.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no ${name} in ${api.models.map((m) => m.name).join()}`);
  return found;
}

/** The field `x` of the params, read from the schema. */
function field(schema: JsonSchema, required = true): Field {
  const params = {
    type: "object",
    properties: { x: schema },
    ...(required && { required: ["x"] }),
  };
  const found = named(model(params), "AGetParams");
  if (found.kind !== "object") throw new Error(found.kind);
  return found.fields[0]!;
}

function problems(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    return error.problems.map(({ method, path, problem }) => `${method} ${path}: ${problem}`);
  }
  return [];
}

describe("types", () => {
  test.each<[JsonSchema, Field["type"]]>([
    [{ type: "string", format: "uuid", pattern: "x" }, { kind: "string" }],
    [{ type: "integer", minimum: 0 }, { kind: "integer" }],
    [{ type: "number" }, { kind: "number" }],
    [{ type: "boolean" }, { kind: "boolean" }],
    [{}, { kind: "unknown" }],
    [true, { kind: "unknown" }],
    [{ description: "anything" }, { kind: "unknown" }],
    [{ type: "array" }, { kind: "array", items: { kind: "unknown" } }],
    [{ type: "object" }, { kind: "map", values: { kind: "unknown" } }],
    [
      {
        type: "object",
        propertyNames: { type: "string" },
        additionalProperties: { type: "integer" },
      },
      { kind: "map", values: { kind: "integer" } },
    ],
    [{ type: ["string", "null"] }, { kind: "nullable", type: { kind: "string" } }],
    [
      { anyOf: [{ type: "null" }, { type: "integer" }] },
      { kind: "nullable", type: { kind: "integer" } },
    ],
    [{ type: ["integer", "number"] }, { kind: "number" }],
    [{ anyOf: [{ type: "string" }, { const: "a" }] }, { kind: "string" }],
    [{ anyOf: [{ const: true }, { const: false }] }, { kind: "boolean" }],
    [{ enum: [true, false, null] }, { kind: "nullable", type: { kind: "boolean" } }],
    [{ anyOf: [{}, { type: "string" }] }, { kind: "unknown" }],
  ])("%j", (schema, type) => {
    expect(field(schema).type).toEqual(type);
  });

  test("the constants of ArkType's unions become one enum", () => {
    const schema = { anyOf: [{ const: "a" }, { const: "b" }, { type: "null" }] };
    const api = model(object({ x: schema }));
    expect(named(api, "AGetParamsX")).toMatchObject({ kind: "enum", values: ["a", "b"] });
  });

  test("a union has a variant for each JSON type", () => {
    const api = model(
      object({
        x: { anyOf: [{ enum: ["a", 1, 2.5] }, { type: "array", items: { type: "string" } }] },
      }),
    );
    const union = named(api, "AGetParamsX");
    expect(union.kind === "union" && union.variants.map((variant) => variant.json)).toEqual([
      "string",
      "number",
      "array",
    ]);
    expect(named(api, "AGetParamsXNumber")).toMatchObject({ base: "number", values: [1, 2.5] });
  });

  test("objects are told apart by the first property that can", () => {
    const variant = (kind: string, version: number) =>
      object({ same: { const: 1 }, kind: { const: kind }, version: { const: version } });
    const union = named(
      model(object({ x: { oneOf: [variant("a", 1), variant("b", 2)] } })),
      "AGetParamsX",
    );
    expect(union).toMatchObject({ discriminator: "kind" });
    expect(union.kind === "union" && union.variants.map((v) => [v.tags, v.type])).toEqual([
      [["a"], { kind: "model", model: "AGetParamsXA" }],
      [["b"], { kind: "model", model: "AGetParamsXB" }],
    ]);
  });
});

describe("fields", () => {
  test("have the default of params, behind a $ref too, but none when it does not fit the type", () => {
    expect(field({ type: "integer", default: 5 }, false).default).toBe(5);
    expect(field({ type: "integer", default: "5" }, false).default).toBeUndefined();
    expect(field({ type: "integer", default: 5 }, true).default).toBeUndefined();
    const params = {
      type: "object",
      properties: { x: { $ref: "#/$defs/Level" } },
      $defs: { Level: { enum: ["low", "high"], default: "low" } },
    };
    expect(named(model(params), "AGetParams")).toMatchObject({ fields: [{ default: "low" }] });
  });

  test("of results have none", () => {
    const result = { type: "object", properties: { x: { type: "string", default: "a" } } };
    expect(named(model(EMPTY, result), "AGetResult")).toMatchObject({
      fields: [{ required: false, default: undefined }],
    });
  });

  test("take the text beside a $ref, and leave a model its own", () => {
    const params = {
      ...(object({
        a: { $ref: "#/$defs/P" },
        b: { $ref: "#/$defs/P", description: "site" },
      }) as object),
      $defs: {
        P: object({ x: { type: "string", description: "inner" } }, { description: "model" }),
      },
    };
    const api = model(params);
    expect(named(api, "AGetParams")).toMatchObject({
      fields: [{ description: undefined }, { description: "site" }],
    });
    expect(named(api, "P")).toMatchObject({
      description: "model",
      fields: [{ description: "inner" }],
    });
  });
});

describe("names", () => {
  test("are the author's id, the key of the definition, or a title that is a type's name", () => {
    const api = model({
      ...(object({
        a: object({}, { id: "task-filter" }),
        b: { $ref: "#/$defs/Point" },
        c: object({}, { title: "Range" }),
        d: object({}, { title: "a caption" }),
        e: { enum: ["x"], title: "NotForEnums" },
      }) as object),
      $defs: { Point: object({}) },
    });
    expect(api.models.map(({ name }) => name)).toEqual([
      "AGetParams",
      "AGetParamsD",
      "AGetParamsE",
      "AGetResult",
      "Point",
      "Range",
      "TaskFilter",
    ]);
  });

  test("do not come from the numbers that libraries give", () => {
    for (const key of ["__schema0", "intersection12", "union3", "type8"]) {
      const node = object({ next: { anyOf: [{ $ref: `#/$defs/${key}` }, { type: "null" }] } });
      const api = model({
        ...(object({ x: { $ref: `#/$defs/${key}` } }) as object),
        $defs: { [key]: node },
      });
      expect(api.models.map(({ name }) => name)).toContain("AGetParamsX");
    }
  });

  test("are derived from the nearest model that has one", () => {
    const item = object({ deep: object({}) });
    const api = model({
      ...(object({
        list: { type: "array", items: object({}) },
        f: { $ref: "#/$defs/Filter" },
      }) as object),
      $defs: { Filter: object({ map: { type: "object", additionalProperties: item } }) },
    });
    expect(api.models.map(({ name }) => name)).toEqual([
      "AGetParams",
      "AGetParamsListItem",
      "AGetResult",
      "Filter",
      "FilterMapValue",
      "FilterMapValueDeep",
    ]);
  });

  test("nullable and solitary alternatives keep the name of what they are about", () => {
    const $defs = { Level: { enum: ["a"] }, Box: object({}) };
    const nullable = (name: string) => ({ anyOf: [{ $ref: `#/$defs/${name}` }, { type: "null" }] });
    const api = model({
      ...(object({ x: nullable("Level"), y: nullable("Box") }) as object),
      $defs,
    });
    expect(named(api, "AGetParams")).toMatchObject({
      fields: [
        { type: { kind: "nullable", type: { model: "Level" } } },
        { type: { kind: "nullable", type: { model: "Box" } } },
      ],
    });
  });
});

describe("one model for params and results", () => {
  const point = (extra: object = {}) =>
    object({ x: { type: "number" } }, { id: "Point", ...extra });

  test("stays one while it is the same", () => {
    const api = model(
      object({ p: point({ description: "as params" }) }),
      object({ p: point({ additionalProperties: false }) }),
    );
    expect(api.models.filter(({ name }) => name.startsWith("Point"))).toHaveLength(1);
  });

  test("becomes two where defaults make a difference, and so does what contains it", () => {
    const properties = { x: { type: "number", default: 1 } };
    const input = { type: "object", id: "Point", properties };
    const line = (inner: JsonSchema) => object({ from: inner }, { id: "Line" });
    const api = model(
      object({ line: line(input) }),
      object({ line: line({ ...input, required: ["x"] }) }),
    );
    expect(api.models.map(({ name }) => name)).toEqual([
      "AGetParams",
      "AGetResult",
      "Line",
      "LineInput",
      "Point",
      "PointInput",
    ]);
    expect(named(api, "LineInput")).toMatchObject({ fields: [{ type: { model: "PointInput" } }] });
    expect(named(api, "Line")).toMatchObject({ fields: [{ type: { model: "Point" } }] });
    expect(named(api, "PointInput")).toMatchObject({ fields: [{ required: false, default: 1 }] });
  });

  test("is refused with another shape, within one form and between the two", () => {
    const other = object({ y: { type: "number" } }, { id: "Point" });
    expect(problems(() => model(object({ p: point(), q: other })))).toEqual([
      'a.get params.q: the model Point has another shape than at "a.get" params.p',
    ]);
    expect(problems(() => model(object({ p: point() }), object({ p: other })))).toEqual([
      'a.get params.p: the model Point has another shape than at "a.get" result.p',
    ]);
  });
});

test("recursion ends, wherever it begins", () => {
  const api = model({
    type: "object",
    properties: { next: { $ref: "#" }, list: { type: "array", items: { $ref: "#" } } },
  });
  expect(named(api, "AGetParams")).toMatchObject({
    fields: [
      { type: { kind: "model", model: "AGetParams" } },
      { type: { kind: "array", items: { kind: "model", model: "AGetParams" } } },
    ],
  });
});

test("200 levels of nesting are read", () => {
  let schema: JsonSchema = { type: "string" };
  for (let level = 0; level < 200; level++) schema = object({ a: schema });
  expect(model(schema).models).toHaveLength(201);
});

test("nothing depends on the order of the methods", () => {
  const methods = ["b.x", "a.y", "a.x"].map((name) => ({
    name,
    params: object({ p: object({}, { id: "Point", description: `at ${name}` }) }),
    result: EMPTY,
  }));
  const api = buildModel({ contract: 1, methods });
  expect(buildModel({ contract: 1, methods: methods.toReversed() })).toEqual(api);
  expect(api.methods.map(({ name }) => name)).toEqual(["a.x", "a.y", "b.x"]);
});

describe("what cannot be expressed is refused with its place", () => {
  test.each<[string, JsonSchema]>([
    ["the JSON Schema keyword allOf is not supported", { allOf: [EMPTY, EMPTY] }],
    ["the JSON Schema keyword not is not supported", { not: {} }],
    ["the JSON Schema keyword prefixItems is not supported", { type: "array", prefixItems: [] }],
    ["the JSON Schema keyword patternProperties is not supported", { patternProperties: {} }],
    ["no value is allowed here", false],
    ["it is always null", { type: "null" }],
    ["it is always null", { const: null }],
    ["the $ref #/$defs/None leads nowhere", { $ref: "#/$defs/None" }],
    ["the $ref other.json leads nowhere", { $ref: "other.json" }],
    ["$ref beside properties is not supported", { $ref: "#", properties: {} }],
    ["anyOf beside properties is not supported", { anyOf: [{}, {}], properties: {} }],
    ["its object variants cannot be told apart", { anyOf: [object({ a: {} }), object({ b: {} })] }],
    ["its object variants cannot be told apart", { anyOf: [object({}), { type: "object" }] }],
    [
      "its array variants cannot be told apart",
      { anyOf: [{ type: "array", items: { type: "string" } }, { type: "array" }] },
    ],
    ["an enum has no or strange values", { enum: [] }],
    ["an enum has no or strange values", { const: { a: 1 } }],
    [
      "it has fields and also other keys with a type",
      { ...(object({ a: {} }) as object), additionalProperties: { type: "string" } },
    ],
  ])("%s", (problem, schema) => {
    const params = object({ list: { type: "array", items: schema } });
    expect(problems(() => model(params))).toEqual([`a.get params.list[]: ${problem}`]);
  });

  test("recursion without an object", () => {
    const params = {
      ...(object({ x: { $ref: "#/$defs/List" } }) as object),
      $defs: { List: { type: "array", items: { $ref: "#/$defs/List" } } },
    };
    expect(problems(() => model(params))).toEqual([
      "a.get params.x[]: it contains itself without an object in between",
    ]);
  });

  test.each<JsonSchema>([
    { type: "string" },
    true,
    { type: "array" },
    { type: "object", additionalProperties: { type: "string" } },
    { anyOf: [EMPTY, { type: "null" }] },
  ])("params and results that are no object: %j", (schema) => {
    expect(problems(() => model(schema, schema))).toEqual([
      "a.get params: it is no object with fields",
      "a.get result: it is no object with fields",
    ]);
  });

  test("names that the protocol reserves, and a method twice", () => {
    const method = (name: string, params: JsonSchema = EMPTY) => ({ name, params, result: EMPTY });
    const methods = [
      method("$rpc.x"),
      method("a"),
      method("a"),
      method("--"),
      method("b", object({ $rpc: {} })),
    ];
    expect(problems(() => buildModel({ contract: 1, methods }))).toEqual([
      "$rpc.x : names that start with $rpc. are reserved",
      "-- : the name has no letter and no digit",
      "a : the method is in the contract twice",
      "b params.$rpc: the protocol reserves this name in params",
    ]);
  });

  test("all of it at once, with what to do", () => {
    const params = object({ a: { not: {} }, b: { allOf: [] } });
    expect(() => model(params)).toThrow(
      [
        "the contract cannot be expressed: 2 problems",
        '- "a.get" params.a: the JSON Schema keyword not is not supported. Fix: say what the value is instead of what it is not.',
        '- "a.get" params.b: the JSON Schema keyword allOf is not supported. Fix: write one object with the fields of all parts.',
      ].join("\n"),
    );
  });
});
