import { describe, expect, test } from "vitest";
import type { JsonSchema } from "../../protocol/index.js";
import type { Type } from "../model/api-model.js";
import { named, object, read, typeOf } from "../testing/read.js";

const STRING: Type = { kind: "string" };
const INTEGER: Type = { kind: "integer" };
const UNKNOWN: Type = { kind: "unknown" };

function model(name: string): Type {
  return { kind: "model", model: name };
}

describe("maps", () => {
  const values = { additionalProperties: { type: "integer" } };
  const map = (keys: string | undefined, type: Type): Type => ({ kind: "map", keys, values: type });

  test.each<[JsonSchema, Type]>([
    [{ type: "object" }, map(undefined, UNKNOWN)],
    [{ type: "object", additionalProperties: true }, map(undefined, UNKNOWN)],
    [{ type: "object", propertyNames: { type: "string" }, ...values }, map(undefined, INTEGER)],
    [{ type: "object", propertyNames: { pattern: "^a" }, ...values }, map(undefined, INTEGER)],
    [{ type: "object", patternProperties: { ".*": { type: "integer" } } }, map(undefined, INTEGER)],
    [
      { patternProperties: { "^a": { type: "integer" } }, additionalProperties: false },
      map(undefined, INTEGER),
    ],
  ])("%j", (schema, type) => {
    expect(typeOf(schema)).toEqual(type);
  });

  test("have the keys of an enum", () => {
    const keys = { type: "string", enum: ["low", "2"] };
    const api = read(object({ x: { type: "object", propertyNames: keys, ...values } }));
    expect(named(api, "AGetParams")).toMatchObject({
      fields: [{ type: map("AGetParamsXKey", INTEGER) }],
    });
    expect(named(api, "AGetParamsXKey")).toMatchObject({ kind: "enum", values: ["low", "2"] });
  });

  test("have the keys of an enum with a name, or of constants", () => {
    const record = (keys: JsonSchema) => ({ type: "object", propertyNames: keys, ...values });
    const params = {
      ...(object({
        a: record({ $ref: "#/$defs/Level" }),
        b: record({ anyOf: [{ const: "x" }, { const: "y" }] }),
      }) as object),
      $defs: { Level: { enum: ["low"] } },
    };
    expect(named(read(params), "AGetParams")).toMatchObject({
      fields: [{ type: { keys: "Level" } }, { type: { keys: "AGetParamsBKey" } }],
    });
  });

  test("whose keys are required are objects", () => {
    const keys = { enum: ["a", "b"] };
    const value = object({ q: { type: "string" } });
    const record = (required: string[]) => ({
      type: "object",
      propertyNames: keys,
      additionalProperties: value,
      required,
    });
    const api = read(object({ x: record(["a", "b"]), y: record(["b"]) }));
    const field = (name: string, required: boolean, type: string) => ({
      name,
      required,
      type: model(type),
    });
    expect(named(api, "AGetParamsX")).toMatchObject({
      kind: "object",
      rest: undefined,
      fields: [field("a", true, "AGetParamsXValue"), field("b", true, "AGetParamsXValue")],
    });
    expect(named(api, "AGetParamsY")).toMatchObject({
      fields: [field("a", false, "AGetParamsXValue"), field("b", true, "AGetParamsXValue")],
    });
  });
});

describe("objects", () => {
  const rest = (extra: object) => {
    const found = named(read(object({ x: object({ a: {} }, extra) })), "AGetParamsX");
    return found.kind === "object" ? found.rest : undefined;
  };

  test("have a rest where the schema gives other keys a type, and none where it is silent", () => {
    expect(rest({})).toBeUndefined();
    expect(rest({ additionalProperties: false })).toBeUndefined();
    expect(rest({ additionalProperties: {} })).toEqual(UNKNOWN);
    expect(rest({ additionalProperties: true })).toEqual(UNKNOWN);
    expect(rest({ additionalProperties: { type: "string" } })).toEqual(STRING);
    expect(rest({ unevaluatedProperties: { type: "string" } })).toEqual(STRING);
  });

  test("have the fields that are required without being described", () => {
    const api = read({ type: "object", properties: { a: { type: "string" } }, required: ["b"] });
    expect(named(api, "AGetParams")).toMatchObject({
      fields: [
        { name: "a", required: false, type: STRING },
        { name: "b", required: true, type: UNKNOWN },
      ],
    });
  });
});
