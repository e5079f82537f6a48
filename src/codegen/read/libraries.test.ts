import { type } from "arktype";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Type } from "../model/api-model.js";
import { named, problems, read, typeOf } from "../testing/read.js";

// What schema libraries print is what the reader meets: these tests fail when they print it anew.

interface Schema {
  readonly "~standard": {
    readonly jsonSchema: {
      input(options: { target: "draft-2020-12" }): Record<string, unknown>;
    };
  };
}

function printed(schema: Schema): Record<string, unknown> {
  const { $schema: _dialect, ...rest } = schema["~standard"].jsonSchema.input({
    target: "draft-2020-12",
  });
  return rest;
}

/** The type of the params, behind an alias that only recursion needs. */
function paramsOf(schema: Schema): Type {
  return read(printed(schema)).methods[0]!.params!;
}

const STRING: Type = { kind: "string" };

describe("the formats of Zod", () => {
  test.each<[string, z.ZodType, Type]>([
    ["iso.datetime()", z.iso.datetime(), { kind: "format", format: "date-time" }],
    [
      "iso.datetime({ offset })",
      z.iso.datetime({ offset: true }),
      { kind: "format", format: "date-time" },
    ],
    [
      "iso.datetime({ precision })",
      z.iso.datetime({ precision: 3 }),
      { kind: "format", format: "date-time" },
    ],
    ["iso.datetime({ local }), which may have no offset", z.iso.datetime({ local: true }), STRING],
    ["iso.datetime() of minutes", z.iso.datetime({ precision: -1 }), STRING],
    ["iso.date()", z.iso.date(), { kind: "format", format: "date" }],
    ["iso.time(), which may have no seconds", z.iso.time(), STRING],
    ["iso.duration()", z.iso.duration(), { kind: "format", format: "duration" }],
    ["uuid()", z.uuid(), { kind: "format", format: "uuid" }],
    ["guid()", z.guid(), { kind: "format", format: "uuid" }],
    ["base64()", z.base64(), { kind: "format", format: "base64" }],
    ["base64url()", z.base64url(), { kind: "format", format: "base64url" }],
    ["stringFormat()", z.stringFormat("int64", /^\d+$/), { kind: "format", format: "int64" }],
    ["meta()", z.string().meta({ format: "decimal" }), { kind: "format", format: "decimal" }],
    ["email()", z.email(), STRING],
    ["jwt()", z.jwt(), STRING],
    ["int32()", z.int32(), { kind: "integer" }],
  ])("%s", (_name, schema, expected) => {
    expect(paramsOf(schema)).toEqual(expected);
  });
});

describe("the shapes of Zod", () => {
  const nest = z.object({ n: z.int() });

  test.each<[string, z.ZodType, Partial<Type>]>([
    ["tuple", z.tuple([z.string(), z.int()]), { kind: "tuple", rest: undefined }],
    [
      "tuple with a rest",
      z.tuple([z.string()], z.int()),
      { kind: "tuple", rest: { kind: "integer" } },
    ],
    ["tuple of nothing", z.tuple([]), { kind: "tuple", items: [] }],
    ["partialRecord", z.partialRecord(z.enum(["a"]), nest), { kind: "map", keys: "AGetParamsKey" }],
    ["record of texts", z.record(z.string().regex(/^a/), nest), { kind: "map", keys: undefined }],
    ["record of numbers", z.record(z.number(), nest), { kind: "map", keys: undefined }],
    ["null", z.null(), { kind: "null" }],
    ["any", z.any(), { kind: "unknown" }],
    ["readonly", z.array(z.int()).readonly(), { kind: "array" }],
    ["transform", z.string().transform(Number), { kind: "string" }],
    ["json", z.json(), { kind: "nullable", type: { kind: "model", model: "AGetParams" } }],
  ])("%s", (_name, schema, expected) => {
    expect(paramsOf(schema)).toMatchObject(expected);
  });

  test("a record over an enum is an object, a loose object and a catchall have a rest", () => {
    const schema = z.object({
      record: z.record(z.enum(["a", "b"]), z.int()),
      loose: z.looseObject({ a: z.string() }),
      rest: z.object({ a: z.string() }).catchall(z.int()),
    });
    const api = read(printed(schema));
    expect(named(api, "AGetParamsRecord")).toMatchObject({
      fields: [
        { name: "a", required: true },
        { name: "b", required: true },
      ],
    });
    expect(named(api, "AGetParamsLoose")).toMatchObject({ rest: { kind: "unknown" } });
    expect(named(api, "AGetParamsRest")).toMatchObject({ rest: { kind: "integer" } });
  });

  test("an intersection of schemas with names is one object", () => {
    const a = z.object({ a: z.string() }).meta({ id: "A" });
    const both = z.intersection(a, z.object({ b: z.int() })).meta({ id: "Both" });
    expect(named(read(printed(both)), "Both")).toMatchObject({
      fields: [{ name: "a" }, { name: "b" }],
    });
    const clash = z.intersection(a, z.object({ a: z.int() }));
    expect(problems(() => read(printed(clash)))).toEqual([
      "a.get params.a: the parts of an intersection have conflicting types: string and integer",
    ]);
  });

  test.each<[string, z.ZodType, string]>([
    [
      "tuple with optional places",
      z.tuple([z.string(), z.int().optional()]),
      "a tuple cannot have",
    ],
    ["tuple of optional places", z.tuple([z.int().optional()]), "a tuple cannot have"],
    ["never", z.object({ a: z.never() }), "no value is valid here"],
  ])("refused: %s", (_name, schema, problem) => {
    expect(problems(() => read(printed(schema)))).toEqual([expect.stringContaining(problem)]);
  });
});

describe("the shapes of ArkType", () => {
  test.each<[string, Schema, Partial<Type>]>([
    ["string.uuid", type("string.uuid"), { kind: "format", format: "uuid" }],
    ["string.uuid | string.email", type("string.uuid | string.email"), STRING],
    ["string.date.iso, which is wider than a date-time", type("string.date.iso"), STRING],
    ["tuple", type(["string", "number"]), { kind: "tuple", rest: undefined }],
    ["tuple with a rest", type(["string", "...", "number[]"]), { rest: { kind: "number" } }],
    ["tuple of nothing", type([]), { kind: "tuple", items: [], rest: undefined }],
    ["Record", type("Record<string, number>"), { kind: "map" }],
    ["object", type({}), { kind: "model" }],
  ])("%s", (_name, schema, expected) => {
    expect(paramsOf(schema)).toMatchObject(expected);
  });

  test("an index signature beside fields is a rest", () => {
    const api = read(printed(type({ a: "string", "[string]": "string | number" })));
    expect(named(api, "AGetParams")).toMatchObject({ rest: { kind: "model" } });
  });

  test("a recursive alias is named by its place, not by a number of the library", () => {
    const { json } = type.module({
      json: "null | boolean | number | string | json[] | record",
      record: { "[string]": "json" },
    });
    const api = read(printed(type({ x: json, y: json })));
    expect([...api.byName.keys()]).toEqual(["AGetParams", "AGetParamsX"]);
  });

  test("with a pattern for keys a map has any values", () => {
    const values = { kind: "map", keys: undefined, values: { kind: "unknown" } };
    expect(typeOf(printed(type({ "[/^a/]": "number" })))).toEqual(values);
    expect(typeOf(printed(z.looseRecord(z.string().regex(/^a/), z.int())))).toEqual(values);
  });
});
