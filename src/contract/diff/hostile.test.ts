// Gateways compare what clients send them: it can be anything.
import { describe, expect, it } from "vitest";
import type { JsonSchema } from "../../protocol/index.js";
import { diffMethods } from "./diff-contracts.js";

const ordinary: JsonSchema = {
  type: "object",
  properties: { list: { type: "array", items: { $ref: "#/$defs/Item" } } },
  $defs: { Item: { type: "object", properties: { next: { $ref: "#/$defs/Item" } } } },
};

/** Definitions `0` to `count`, each made from the number of the next. */
function chain(count: number, link: (next: string) => JsonSchema): JsonSchema {
  const name = (n: number): string => `#/$defs/${n % count}`;
  const definitions = Array.from({ length: count }, (_, n) => [String(n), link(name(n + 1))]);
  return { $ref: name(0), $defs: Object.fromEntries(definitions) as Record<string, JsonSchema> };
}

function nested(levels: number, open: string, close: string): JsonSchema {
  return JSON.parse(`${open.repeat(levels)}{}${close.repeat(levels)}`) as JsonSchema;
}

const items = (count: number) => chain(count, ($ref) => ({ type: "array", items: { $ref } }));

describe("a schema made to do harm is judged, and soon", () => {
  it.each<[what: string, schema: () => JsonSchema]>([
    ["100,000 levels", () => nested(100_000, '{"not":', "}")],
    ["100,000 levels of lists", () => ({ enum: [JSON.parse("[".repeat(1e5) + "]".repeat(1e5))] })],
    ["1000 levels", () => nested(990, '{"items":', "}")],
    ["1000 levels of keywords with lists", () => nested(490, '{"anyOf":[', "]}")],
    ["a reference to itself", () => ({ $ref: "#" })],
    ["references in a circle", () => chain(3, ($ref) => ({ $ref }))],
    ["unions in a circle", () => chain(3, ($ref) => ({ anyOf: [{ $ref }, { $ref }] }))],
    ["all of itself", () => ({ allOf: [{ $ref: "#" }, { type: "object" }] })],
    [
      "10,000 references one after the other",
      () => chain(10_000, ($ref) => ({ anyOf: [{ $ref }] })),
    ],
    [
      "2^30 variants",
      () => chain(30, ($ref) => ({ anyOf: [{ $ref }, { $ref }, { type: "string" }] })),
    ],
    ["2^30 parts", () => chain(30, ($ref) => ({ allOf: [{ $ref }, { $ref }] }))],
    [
      "a growing union",
      () => chain(5000, ($ref) => ({ anyOf: [{ $ref }, { const: Math.random() }] })),
    ],
    ["20,000 properties", () => objectWith(20_000)],
    ["keywords of wrong types", () => wrongTypes()],
    ["a reference into the prototype", () => ({ $ref: "#/$defs/__proto__", $defs: {} })],
    ["a reference that cannot be decoded", () => ({ $ref: "#/$defs/%", $defs: { "%": true } })],
    ["numbers that JSON does not have", () => JSON.parse('{"minimum":1e999}') as JsonSchema],
    ["no schema", () => 5 as unknown as JsonSchema],
    ["null", () => null as unknown as JsonSchema],
    ["a list", () => [{}] as unknown as JsonSchema],
  ])("%s", (_what, make) => {
    const schema = make();
    const again = make();
    const start = process.cpuUsage();
    for (const part of ["params", "result"]) {
      expect(["changed", "compatible"]).toContain(
        diffMethods({ [part]: schema }, { [part]: ordinary }).verdict,
      );
      diffMethods({ [part]: ordinary }, { [part]: schema });
      diffMethods({ [part]: schema }, { [part]: again });
    }
    const { user } = process.cpuUsage(start);
    expect(user / 1e6).toBeLessThan(5);
  });

  it("with cycles of other lengths", () => {
    expect(diffMethods({ params: items(997) }, { params: items(991) }).verdict).toBe("changed");
    expect(diffMethods({ params: items(4) }, { params: items(6) }).verdict).toBe("compatible");
  });

  it("with many objects that nothing tells apart", () => {
    const many = (field: string): JsonSchema => ({
      anyOf: Array.from({ length: 2000 }, (_, n) => ({
        type: "object",
        properties: { [`${field}${n}`]: { type: "string" } },
        required: [`${field}${n}`],
      })),
    });
    expect(diffMethods({ params: many("a") }, { params: many("b") }).verdict).toBe("changed");
  });

  it("with names that every object has", () => {
    const named = (name: string, type: string): JsonSchema =>
      JSON.parse(
        `{"type":"object","properties":{"${name}":{"$ref":"#/$defs/${name}"}},` +
          `"required":["${name}"],"$defs":{"${name}":{"type":"${type}"}}}`,
      ) as JsonSchema;
    for (const name of ["__proto__", "constructor", "toString"]) {
      const [old, now] = [named(name, "string"), named(name, "number")];
      expect(diffMethods({ params: old }, { params: now }).changes).toMatchObject([
        { path: `params.${name}`, breaking: true },
        { path: `params.${name}` },
      ]);
      expect(diffMethods({ params: old }, { params: named(name, "string") }).verdict).toBe("same");
    }
  });
});

describe("large schemas that are meant well are compared", () => {
  it("200 levels", () => {
    const deep = (innermost: JsonSchema): JsonSchema => {
      let schema = innermost;
      for (let level = 0; level < 200; level++) {
        schema = { type: "object", properties: { inner: { type: "array", items: schema } } };
      }
      return schema;
    };
    const [old, now] = [deep({ type: "string" }), deep({ type: "string", minLength: 1 })];
    const { changes } = diffMethods({ params: old }, { params: now });
    expect(changes.map(({ what }) => what)).toEqual(["has the minLength 1"]);
  });

  it("10,000 properties", () => {
    const diff = diffMethods({ params: objectWith(10_000) }, { params: objectWith(9_999) });
    expect(diff.changes).toMatchObject([{ path: "params.field9999", what: "was removed" }]);
  });

  it("5,000 values and 300 tagged objects", () => {
    const values = (count: number): JsonSchema => ({
      enum: Array.from({ length: count }, (_, n) => `v${n}`),
    });
    const tagged = (count: number): JsonSchema => ({
      oneOf: Array.from({ length: count }, (_, n) => ({
        type: "object",
        properties: { kind: { const: `k${n}` }, value: values(10) },
        required: ["kind"],
      })),
    });
    expect(diffMethods({ params: values(5000) }, { params: values(4999) }).changes).toMatchObject([
      { what: 'can no longer be "v4999"' },
    ]);
    expect(diffMethods({ result: tagged(300) }, { result: tagged(301) }).changes).toMatchObject([
      { path: 'result(kind: "k300")', breaking: false },
    ]);
  });
});

function objectWith(count: number): JsonSchema {
  const names = Array.from({ length: count }, (_, n) => `field${n}`);
  const properties = Object.fromEntries(names.map((name) => [name, { type: "string" }]));
  return { type: "object", properties };
}

function wrongTypes(): JsonSchema {
  const keywords = ["properties", "required", "items", "enum", "anyOf", "$ref", "type", "minimum"];
  const wrong = [null, 5, "x", [null], { a: 5 }, [["a"]]];
  const schemas = keywords.flatMap((keyword) =>
    wrong.map((value) => ({ type: "object", [keyword]: value })),
  );
  return {
    type: "object",
    properties: Object.fromEntries(schemas.map((schema, n) => [`p${n}`, schema])),
  };
}
