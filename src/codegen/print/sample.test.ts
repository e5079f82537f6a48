import { describe, expect, test } from "vitest";
import type { JsonSchema } from "../../protocol/index.js";
import { modelsByName, type WireFormat } from "../model/api-model.js";
import { clientMethods, firstExample } from "./client-methods.js";
import { matchesFormat, SAMPLE_TEXTS } from "../read/formats.js";
import type { Sample } from "./sample.js";
import { sampleOf } from "./sample.js";
import { object, read, readMethods } from "../testing/read.js";

/** The sample as JSON. */
function plain(sample: Sample): unknown {
  switch (sample.kind) {
    case "scalar":
    case "enum":
      return sample.value;
    case "format":
      return sample.text;
    case "null":
      return null;
    case "list":
    case "tuple":
      return sample.items.map(plain);
    case "map":
      return {};
    case "object":
      return Object.fromEntries(
        sample.fields.map(({ field, value }) => [field.name, plain(value)]),
      );
    default:
      return plain(sample.value);
  }
}

function sample(schema: JsonSchema): unknown {
  const api = read(schema);
  return plain(sampleOf(api.methods[0]!.params!, modelsByName(api)));
}

describe("a sample", () => {
  test.each<[JsonSchema, unknown]>([
    [{ type: "string" }, "text"],
    [{ type: "integer" }, 1],
    [{ type: "null" }, null],
    [true, null],
    [{ type: "string", format: "date" }, "2026-01-31"],
    [{ enum: ["b", "a"] }, "b"],
    [{ type: "array", items: { type: "number" } }, [1]],
    [{ type: "array", items: object({ a: {} }) }, []],
    [{ prefixItems: [{ type: "string" }, { const: 2 }], items: {}, minItems: 2 }, ["text", 2]],
    [{ type: "object", additionalProperties: { type: "string" } }, {}],
    [{ type: "array", items: { type: "string" }, id: "Names" }, ["text"]],
    [{ type: ["string", "integer"] }, "text"],
    [
      { type: "object", properties: { a: { type: "string" }, b: {} }, required: ["a"] },
      { a: "text" },
    ],
  ])("of %j is %j", (schema, expected) => {
    expect(sample(schema)).toEqual(expected);
  });

  test("of a recursive type ends where it can, whatever stands first", () => {
    const refs = (...names: string[]) => names.map((name) => ({ $ref: `#/$defs/${name}` }));
    const schema = {
      $ref: "#/$defs/B",
      $defs: {
        A: object({ k: { const: "a" }, u: { oneOf: refs("B", "A", "C") } }),
        B: object({ k: { const: "b" }, v: { oneOf: refs("A", "C") } }),
        C: object({ k: { const: "c" } }),
      },
    };
    expect(sample(schema)).toEqual({ k: "b", v: { k: "c" } });
  });

  test.each(Object.entries(SAMPLE_TEXTS))("of %s is a valid text: %s", (format, text) => {
    expect(matchesFormat(text, format as WireFormat)).toBe(true);
  });
});

describe("the methods for a generator", () => {
  const api = readMethods(
    { name: "a", errors: [{ name: "Busy", code: 1001 }] },
    {
      name: "b",
      params: { $ref: "#/$defs/P", $defs: { P: { type: "object", properties: { x: {} } } } },
    },
    { name: "c", params: object({ x: {} }) },
    { name: "d", params: { type: "array" } },
  );
  const methods = clientMethods(
    api,
    new Map(["a", "b", "c", "d"].map((name) => [name, `${name}_`])),
  );

  test("say whether they can be called without params", () => {
    const facts = methods.map((m) => [m.identifier, m.paramsModel?.name, m.allOptional]);
    expect(facts).toEqual([
      ["a_", undefined, false],
      ["b_", "P", true],
      ["c_", "CParams", false],
      ["d_", undefined, false],
    ]);
  });

  test("have their errors", () => {
    expect(methods[0]?.errors).toEqual(api.errors);
    expect(methods[1]?.errors).toEqual([]);
  });

  test("the first is the example, with or without params", () => {
    expect(firstExample(api, methods)).toEqual({ method: methods[0], params: undefined });
    expect(firstExample(api, methods.slice(2))?.params).toMatchObject({ kind: "object" });
    expect(firstExample(api, [])).toBeUndefined();
  });
});
