import { describe, expect, test } from "vitest";
import type { JsonSchema } from "../../protocol/index.js";
import type { Type, WireFormat } from "../model/api-model.js";
import { named, object, problems, read, typeOf } from "../testing/read.js";

const STRING: Type = { kind: "string" };
const INTEGER: Type = { kind: "integer" };
const UNKNOWN: Type = { kind: "unknown" };

function model(name: string): Type {
  return { kind: "model", model: name };
}

describe("plain types", () => {
  test.each<[JsonSchema, Type]>([
    [{ type: "integer", minimum: 0 }, INTEGER],
    [{ type: "integer", format: "int64" }, INTEGER],
    [{ type: "number" }, { kind: "number" }],
    [{ type: "boolean" }, { kind: "boolean" }],
    [{ type: "null" }, { kind: "null" }],
    [{ const: null }, { kind: "null" }],
    [{}, UNKNOWN],
    [true, UNKNOWN],
    [{ description: "anything" }, UNKNOWN],
    [{ type: "array" }, { kind: "array", items: UNKNOWN }],
    [{ type: ["string", "null"] }, { kind: "nullable", type: STRING }],
    [{ anyOf: [{ type: "null" }, { type: "integer" }] }, { kind: "nullable", type: INTEGER }],
    [{ type: ["integer", "number"] }, { kind: "number" }],
    [{ enum: [true, false, null] }, { kind: "nullable", type: { kind: "boolean" } }],
  ])("%j", (schema, type) => {
    expect(typeOf(schema)).toEqual(type);
  });
});

describe("formats", () => {
  test.each<[WireFormat, JsonSchema]>([
    ["date-time", { format: "date-time" }],
    ["date", { format: "date" }],
    ["time", { format: "time" }],
    ["duration", { format: "duration" }],
    ["uuid", { format: "uuid", pattern: "x" }],
    ["decimal", { format: "decimal" }],
    ["int64", { format: "int64" }],
    ["uint64", { format: "uint64" }],
    ["base64", { format: "base64" }],
    ["base64", { format: "byte" }],
    ["base64", { contentEncoding: "base64" }],
    ["base64url", { format: "base64url" }],
    ["base64url", { contentEncoding: "base64url" }],
  ])("%s is %j", (format, schema) => {
    expect(typeOf({ type: "string", ...(schema as object) })).toEqual({ kind: "format", format });
  });

  test.each(["email", "uri", "ipv4", "hostname", "binary", "toString"])(
    "%s is a plain string",
    (format) => {
      expect(typeOf({ type: "string", format })).toEqual(STRING);
    },
  );

  test("an enum stays an enum", () => {
    expect(typeOf({ enum: ["2026-01-01"], format: "date" })).toEqual(model("AGetParamsX"));
  });
});

describe("constants", () => {
  test("of objects and arrays are objects and tuples of constants", () => {
    const api = read(object({ x: { const: { a: 1, b: ["c", null] } } }));
    expect(named(api, "AGetParamsX")).toMatchObject({
      kind: "object",
      fields: [
        { name: "a", required: true, type: model("AGetParamsXA") },
        {
          name: "b",
          required: true,
          type: { kind: "tuple", items: [model("AGetParamsXB1"), { kind: "null" }] },
        },
      ],
    });
    expect(named(api, "AGetParamsXA")).toMatchObject({ kind: "enum", values: [1] });
  });

  test("of several objects are a union", () => {
    const api = read(object({ x: { enum: [{ k: "a" }, { k: "b" }, 7] } }));
    expect(named(api, "AGetParamsX")).toMatchObject({
      kind: "union",
      discriminator: "k",
      variants: [{ json: "number" }, { tags: ["a"] }, { tags: ["b"] }],
    });
  });

  test("beyond what a number can hold are no integers", () => {
    expect(named(read(object({ x: { enum: [1, 1e300] } })), "AGetParamsX")).toMatchObject({
      base: "number",
    });
  });
});

describe("aliases", () => {
  const $defs = {
    UserId: { type: "string", description: "Who." },
    Tags: { type: "array", items: { type: "string" } },
    Maybe: { anyOf: [{ type: "integer" }, { type: "null" }] },
    Level: { anyOf: [{ enum: ["low"] }, { type: "null" }] },
    Box: { anyOf: [object({}), { type: "null" }] },
    Anything: {},
  };
  const ref = (name: keyof typeof $defs) => ({ $ref: `#/$defs/${name}` });

  test("are what authors named, apart from objects, enums and unions", () => {
    const api = read({ ...(object({ a: ref("UserId"), b: ref("Tags") }) as object), $defs });
    expect(named(api, "UserId")).toEqual({
      kind: "alias",
      name: "UserId",
      type: STRING,
      recursive: false,
      explicit: true,
      description: "Who.",
      origin: { method: "a.get", path: "params.a" },
      input: true,
      output: false,
    });
    expect(named(api, "Tags")).toMatchObject({ type: { kind: "array", items: STRING } });
  });

  test("have null in them, but the name of what else there is stays with it", () => {
    const fields = { a: ref("Maybe"), b: ref("Level"), c: ref("Box"), d: ref("Anything") };
    const api = read({ ...(object(fields) as object), $defs });
    const nullable = (name: string): Type => ({ kind: "nullable", type: model(name) });
    expect(named(api, "AGetParams")).toMatchObject({
      fields: [
        { type: model("Maybe") },
        { type: nullable("Level") },
        { type: nullable("Box") },
        { type: model("Anything") },
      ],
    });
    expect(named(api, "Maybe")).toMatchObject({ type: { kind: "nullable", type: INTEGER } });
    expect(named(api, "Level")).toMatchObject({ kind: "enum" });
    expect(named(api, "Box")).toMatchObject({ kind: "object" });
  });

  test("can be variants and keep their name there", () => {
    const union = { anyOf: [ref("UserId"), { type: "integer" }] };
    expect(
      named(read({ ...(object({ x: union }) as object), $defs }), "AGetParamsX"),
    ).toMatchObject({ variants: [{ json: "string", type: model("UserId") }, { json: "number" }] });
  });
});

describe("recursion", () => {
  test("ends, wherever it begins", () => {
    const api = read({
      type: "object",
      properties: { next: { $ref: "#" }, list: { type: "array", items: { $ref: "#" } } },
    });
    expect(named(api, "AGetParams")).toMatchObject({
      fields: [
        { type: model("AGetParams") },
        { type: { kind: "array", items: model("AGetParams") } },
      ],
    });
  });

  test("without an object gives a list its name", () => {
    const api = read({
      ...(object({ x: { $ref: "#/$defs/__schema0" }, y: { $ref: "#/$defs/Rows" } }) as object),
      $defs: {
        __schema0: { type: "array", items: { $ref: "#/$defs/__schema0" } },
        Rows: { anyOf: [{ type: "null" }, { type: "array", items: { $ref: "#/$defs/Rows" } }] },
      },
    });
    expect(named(api, "AGetParamsX")).toMatchObject({
      kind: "alias",
      explicit: false,
      recursive: true,
      type: { kind: "array", items: model("AGetParamsX") },
    });
    expect(named(api, "Rows")).toMatchObject({
      kind: "alias",
      recursive: true,
      type: { kind: "nullable", type: { kind: "array", items: model("Rows") } },
    });
  });

  test("through several names is seen in each of them", () => {
    const api = read({
      ...(object({ a: { $ref: "#/$defs/A" }, l: { $ref: "#/$defs/L" } }) as object),
      $defs: {
        A: { type: "array", items: { $ref: "#/$defs/B" } },
        B: { type: "object", additionalProperties: { $ref: "#/$defs/A" } },
        L: { type: "array", items: { $ref: "#/$defs/O" } },
        O: object({ l: { $ref: "#/$defs/L" } }),
      },
    });
    const recursive = api.models.map((m) => [m.name, m.kind === "alias" && m.recursive]);
    expect(Object.fromEntries(recursive)).toMatchObject({ A: true, B: true, L: false });
  });

  test("of a union names the union, and null stays with who refers to it", () => {
    const json = [
      { type: "null" },
      { type: "boolean" },
      { type: "string" },
      { type: "array", items: { $ref: "#/$defs/Json" } },
      { type: "object", additionalProperties: { $ref: "#/$defs/Json" } },
    ];
    const api = read({
      ...(object({ x: { $ref: "#/$defs/Json" } }) as object),
      $defs: { Json: { anyOf: json } },
    });
    const self: Type = { kind: "nullable", type: model("Json") };
    expect(named(api, "AGetParams")).toMatchObject({ fields: [{ type: self }] });
    expect(named(api, "Json")).toMatchObject({
      kind: "union",
      ambiguous: false,
      variants: [
        { type: STRING },
        { type: { kind: "boolean" } },
        { type: { kind: "array", items: self } },
        { type: { kind: "map", values: self } },
      ],
    });
  });

  test.each<[string, JsonSchema[]]>([
    ["behind a $ref", [{ $ref: "#/$defs/Null" }, { type: "string" }]],
    ["in another union", [{ anyOf: [{ type: "null" }, { type: "string" }] }]],
    [
      "beside another union",
      [{ type: "null" }, { anyOf: [{ type: "string" }, { type: "boolean" }] }],
    ],
  ])("of a union keeps the null that is %s", (_title, alternatives) => {
    const list = { type: "array", items: { $ref: "#/$defs/U" } };
    const api = read({
      ...(object({ x: { $ref: "#/$defs/U" } }) as object),
      $defs: { U: { anyOf: [...alternatives, list] }, Null: { type: "null" } },
    });
    const self: Type = { kind: "nullable", type: model("U") };
    expect(named(api, "AGetParams")).toMatchObject({ fields: [{ type: self }] });
    const union = named(api, "U");
    expect(union.kind === "union" && union.variants.at(-1)?.type).toEqual({
      kind: "array",
      items: self,
    });
  });

  test("of a union and null inside null", () => {
    const inner = { anyOf: [{ type: "string" }, { type: "array", items: { $ref: "#/$defs/U" } }] };
    const api = read({
      ...(object({ x: { $ref: "#/$defs/U" } }) as object),
      $defs: { U: { anyOf: [{ type: "null" }, inner] } },
    });
    expect(named(api, "U")).toMatchObject({
      kind: "union",
      variants: [{ type: STRING }, { type: { items: { kind: "nullable", type: model("U") } } }],
    });
  });

  test("does not depend on the method that it is met in", () => {
    const $defs = {
      __schema0: { anyOf: [{ type: "string" }, { $ref: "#/$defs/Rows" }] },
      Rows: { type: "array", items: { $ref: "#/$defs/__schema0" } },
    };
    const params = { ...(object({ x: { $ref: "#/$defs/__schema0" } }) as object), $defs };
    const result = { ...(object({ y: { $ref: "#/$defs/Rows" } }) as object), $defs };
    expect(problems(() => read(params, result))).toEqual([]);
  });
});
