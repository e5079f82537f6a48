import { describe, expect, test } from "vitest";
import type { JsonSchema } from "../../protocol/index.js";
import { field, named, namesOf, object, problems, read, readMethods } from "../testing/read.js";

const EMPTY = object();

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
    expect(named(read(params), "AGetParams")).toMatchObject({ fields: [{ default: "low" }] });
  });

  test("of results have none", () => {
    const result = { type: "object", properties: { x: { type: "string", default: "a" } } };
    expect(named(read(EMPTY, result), "AGetResult")).toMatchObject({
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
    const api = read(params);
    expect(named(api, "AGetParams")).toMatchObject({
      fields: [{ description: undefined }, { description: "site" }],
    });
    expect(named(api, "P")).toMatchObject({
      description: "model",
      fields: [{ description: "inner" }],
    });
  });
});

test("a default fits its format", () => {
  const uuid = { type: "string", format: "uuid" };
  const id = "01890a5d-ac96-774b-bcce-b302099a8057";
  expect(field({ ...uuid, default: id }, false).default).toBe(id);
  expect(field({ ...uuid, default: "none" }, false).default).toBeUndefined();
});

test.each<[JsonSchema, unknown, unknown]>([
  [{ type: "array", items: { type: "integer" } }, [1], ["1"]],
  [
    { type: "array", prefixItems: [{ type: "string" }], items: false, minItems: 1 },
    ["a"],
    ["a", 1],
  ],
  [{ type: "object", additionalProperties: { type: "integer" } }, { a: 1 }, { a: "1" }],
  [{ type: ["integer", "null"] }, null, "1"],
  [{ type: "null" }, null, 0],
  [{ enum: ["a", "b"] }, "a", "c"],
  [{ type: "array", items: { type: "integer" }, id: "Numbers" }, [1], "1"],
])("the default of %j can be %j, and not %j", (schema, fitting, other) => {
  expect(field({ ...(schema as object), default: fitting }, false).default).toEqual(fitting);
  expect(field({ ...(schema as object), default: other }, false).default).toBeUndefined();
});

test("a field is deprecated by the flag on it or on its type", () => {
  const params = {
    type: "object",
    properties: {
      a: { type: "string", deprecated: true },
      b: { $ref: "#/$defs/P", deprecated: true },
      c: { $ref: "#/$defs/Old" },
      d: { $ref: "#/$defs/P" },
    },
    $defs: { P: object({}), Old: { type: "string", deprecated: true } },
  };
  expect(named(read(params), "AGetParams")).toMatchObject({
    fields: [
      { deprecated: true },
      { deprecated: true },
      { deprecated: true },
      { deprecated: false },
    ],
  });
});

describe("methods", () => {
  test("have what the contract says of them", () => {
    const { methods } = readMethods(
      { name: "a", deprecated: true, idempotent: true },
      { name: "b", deprecated: "use a", description: "  " },
    );
    expect(methods).toEqual([
      {
        name: "a",
        description: undefined,
        deprecated: "",
        idempotent: true,
        params: undefined,
        result: undefined,
        errors: [],
      },
      {
        name: "b",
        description: undefined,
        deprecated: "use a",
        idempotent: false,
        params: undefined,
        result: undefined,
        errors: [],
      },
    ]);
  });

  test.each<[JsonSchema, unknown]>([
    [object({ a: {} }), { kind: "model", model: "AGetParams" }],
    [{ type: "object" }, { kind: "model", model: "AGetParams" }],
    [
      { type: "object", additionalProperties: {} },
      { kind: "map", values: { kind: "unknown" } },
    ],
    [
      { type: "array", items: { type: "string" } },
      { kind: "array", items: { kind: "string" } },
    ],
    [{ type: "integer" }, { kind: "integer" }],
    [{ type: "null" }, { kind: "null" }],
    [true, { kind: "unknown" }],
    [{ enum: ["a", "b"] }, { kind: "model", model: "AGetParams" }],
    [{ type: ["string", "integer"] }, { kind: "model", model: "AGetParams" }],
    [
      { anyOf: [EMPTY, { type: "null" }] },
      { kind: "nullable", type: { kind: "model", model: "AGetParams" } },
    ],
    [
      { type: "array", items: {}, id: "Things" },
      { kind: "model", model: "Things" },
    ],
  ])("can have params of any type: %j", (schema, type) => {
    expect(read(schema).methods[0]?.params).toMatchObject(type as object);
  });

  test("have named things below lists", () => {
    const api = read({ type: "array", items: object({}) }, { type: "array", items: object({}) });
    expect(namesOf(api)).toEqual(["AGetParamsItem", "AGetResultItem"]);
  });
});

describe("one model for params and results", () => {
  const point = (extra: object = {}) =>
    object({ x: { type: "number" } }, { id: "Point", ...extra });

  test("stays one while it is the same", () => {
    const api = read(
      object({ p: point({ description: "as params" }) }),
      object({ p: point({ additionalProperties: false }) }),
    );
    expect(api.models.filter(({ name }) => name.startsWith("Point"))).toHaveLength(1);
  });

  test("becomes two where defaults make a difference, and so does what contains it", () => {
    const properties = { x: { type: "number", default: 1 } };
    const input = { type: "object", id: "Point", properties };
    const line = (inner: JsonSchema) => object({ from: inner }, { id: "Line" });
    const api = read(
      object({ line: line(input) }),
      object({ line: line({ ...input, required: ["x"] }) }),
    );
    expect(namesOf(api).slice(2)).toEqual(["Line", "LineInput", "Point", "PointInput"]);
    expect(named(api, "LineInput")).toMatchObject({ fields: [{ type: { model: "PointInput" } }] });
    expect(named(api, "Line")).toMatchObject({ fields: [{ type: { model: "Point" } }] });
    expect(named(api, "PointInput")).toMatchObject({ fields: [{ required: false, default: 1 }] });
  });

  test("is refused with another shape in one form, and is two models with one for each form", () => {
    const other = object({ y: { type: "number" } }, { id: "Point" });
    expect(problems(() => read(object({ p: point(), q: other })))).toEqual([
      'a.get params.q: the model Point differs from the one at "a.get" params.p',
    ]);
    expect(namesOf(read(object({ p: point() }), object({ p: other })))).toEqual([
      "AGetParams",
      "AGetResult",
      "Point",
      "PointInput",
    ]);
  });
});

test("a model with a computed field or other names in results is two models", () => {
  const author = (extra: object, required: string[]) =>
    object(
      { a: { $ref: "#/$defs/Author" } },
      {
        $defs: { Author: { ...(object({ name: {}, ...extra }) as object), required } },
      },
    );
  const api = read(
    author({ born: {} }, ["name"]),
    author({ bornOn: {}, age: {} }, ["name", "age"]),
  );
  expect(namesOf(api)).toEqual(["AGetParams", "AGetResult", "Author", "AuthorInput"]);
  expect(named(api, "AuthorInput")).toMatchObject({ input: true, output: false });
  expect(named(api, "Author")).toMatchObject({ input: false, output: true });
});

test("a problem of a schema that params and a result share is listed once", () => {
  const wrong = { not: {}, type: "string" };
  const $defs = { Shared: object({ x: { if: {} } }) };
  const schema = object({ a: wrong, b: { if: true }, c: { $ref: "#/$defs/Shared" } }, { $defs });
  expect(problems(() => read(schema, schema))).toEqual([
    "a.get params.a: no value is valid here",
    "a.get params.b: the JSON Schema keyword if is not supported",
    "a.get params.c.x: the JSON Schema keyword if is not supported",
  ]);
});

test("patterns beside known fields are any further fields, with a warning", () => {
  const schema = object({ a: { type: "string" } }, { patternProperties: { "^x-": {}, "^y-": {} } });
  const api = read(schema, schema);
  expect(named(api, "AGetParams")).toMatchObject({ rest: { kind: "unknown" } });
  expect(api.warnings.map(({ path, problem }) => `${path}: ${problem}`)).toEqual([
    "params: clients accept any value for the keys that patternProperties describes",
  ]);
  const closed = { patternProperties: { "^x-": { type: "integer" } }, additionalProperties: false };
  const typed = read(object({ a: { type: "string" } }, closed));
  expect(named(typed, "AGetParams")).toMatchObject({ rest: { kind: "integer" } });
  expect(typed.warnings).toEqual([]);
});

test("FooInput of the generator gets a suffix where an author has one", () => {
  const foo = (required: string[]) => ({
    type: "object",
    id: "Foo",
    properties: { x: { type: "integer", default: 1 } },
    required,
  });
  const params = object({ a: foo([]), b: object({ y: {} }, { id: "FooInput" }) });
  expect(namesOf(read(params, foo(["x"])))).toEqual([
    "AGetParams",
    "Foo",
    "FooInput",
    expect.stringMatching(/^FooInput_[0-9a-f]{4}$/),
  ]);
});

test("models say whether they are part of params, of results or of both", () => {
  const api = read(
    object({ p: object({}, { id: "P" }), q: object({}, { id: "Q" }) }),
    object({ q: object({}, { id: "Q" }), r: object({}, { id: "R" }) }),
  );
  const flags = api.models.map(({ name, input, output }) => [name, input, output]);
  expect(flags).toEqual([
    ["AGetParams", true, false],
    ["AGetResult", false, true],
    ["P", true, false],
    ["Q", true, true],
    ["R", false, true],
  ]);
});

test("nothing depends on the order of the methods", () => {
  const methods = ["b.x", "a.y", "a.x"].map((name) => ({
    name,
    params: object({ p: object({ q: object({}) }, { id: "Point", description: `at ${name}` }) }),
    errors: [{ name: "Busy", code: 1001, details: object({ at: object({}) }) }],
  }));
  const api = readMethods(...methods);
  expect(readMethods(...methods.toReversed())).toEqual(api);
  expect(api.methods.map(({ name }) => name)).toEqual(["a.x", "a.y", "b.x"]);
});

describe("what cannot be expressed is refused with its place", () => {
  test.each<[string, JsonSchema]>([
    ["the JSON Schema keyword not is not supported", { not: { type: "string" } }],
    ["the JSON Schema keyword if is not supported", { if: {}, else: {} }],
    ["the JSON Schema keyword dependentSchemas is not supported", { dependentSchemas: {} }],
    ["no value is valid here", false],
    ["no value is valid here", { not: {} }],
    ["no value is valid here", { enum: [] }],
    ["the $ref 1 does not resolve", { $ref: 1 }],
    ["the schema is neither an object nor a boolean", [] as unknown as JsonSchema],
    ['the $ref "#/$defs/None" does not resolve', { $ref: "#/$defs/None" }],
    ['the $ref "other.json" does not resolve', { $ref: "other.json" }],
    ["a tuple cannot have optional items", { type: "array", prefixItems: [{}], items: false }],
  ])("%s", (problem, schema) => {
    const params = object({ list: { type: "array", prefixItems: [schema], minItems: 1 } });
    expect(problems(() => read(params))).toEqual([`a.get params.list[0]: ${problem}`]);
  });

  test("a schema that refers only to itself", () => {
    const params = (schema: JsonSchema) => ({
      ...(object({ x: { $ref: "#/$defs/X" } }) as object),
      $defs: { X: schema },
    });
    for (const schema of [{ $ref: "#/$defs/X" }, { allOf: [{ $ref: "#/$defs/X" }, object({})] }]) {
      expect(problems(() => read(params(schema)))).toEqual([
        "a.get params.x: it refers only to itself",
      ]);
    }
  });

  test("names that stand for one another", () => {
    const maybe = (name: string) => ({ anyOf: [{ $ref: `#/$defs/${name}` }, { type: "null" }] });
    const params = {
      ...(object({ x: { $ref: "#/$defs/X" } }) as object),
      $defs: { X: maybe("Y"), Y: maybe("X") },
    };
    expect(problems(() => read(params))).toEqual([
      "a.get params.x: X refers only to itself",
      "a.get params.x: Y refers only to itself",
    ]);
  });

  test("a type whose values never end", () => {
    const node = (next: JsonSchema) => ({
      ...(object({ node: { $ref: "#/$defs/Node" } }) as object),
      $defs: { Node: object({ next }) },
    });
    const self = { $ref: "#/$defs/Node" };
    expect(problems(() => read(node(self)))).toEqual(
      [
        "a.get params.node: Node has no finite value: each one contains another",
        "a.get params: AGetParams has no finite value: each one contains another",
      ]
        .toSorted()
        .toReversed(),
    );
    for (const end of [{ anyOf: [self, { type: "null" }] }, { type: "array", items: self }]) {
      expect(problems(() => read(node(end)))).toEqual([]);
    }
  });

  test("names that the protocol reserves, and a method twice", () => {
    const method = (name: string, params: JsonSchema = EMPTY) => ({ name, params, result: EMPTY });
    const variants = [object({ kind: { const: "a" }, $rpc: {} }), object({ kind: { const: "b" } })];
    const methods = [
      method("$rpc.x"),
      method("a"),
      method("a"),
      method("--"),
      method("b", object({ $rpc: {} })),
      method("c", { anyOf: variants }),
    ];
    expect(problems(() => readMethods(...methods))).toEqual([
      "$rpc.x : names that start with $rpc. are reserved",
      "-- : the name contains no letters or digits",
      "a : the contract lists the method twice",
      "b params.$rpc: the protocol reserves this name in params",
      "c params.$rpc: the protocol reserves this name in params",
    ]);
  });

  test("all of it at once, with what to do", () => {
    const params = object({ a: { not: { const: 1 } }, b: { enum: [] } });
    expect(() => read(params)).toThrow(
      [
        "the contract cannot be expressed: 2 problems",
        '- "a.get" params.a: the JSON Schema keyword not is not supported. Fix: describe what the value is, not what it is not.',
        '- "a.get" params.b: no value is valid here. Fix: remove it.',
      ].join("\n"),
    );
  });
});
