import type { StandardJSONSchemaV1 } from "@standard-schema/spec";
import { type } from "arktype";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { readVectors } from "../../testing/vectors.js";
import type { JsonSchema } from "../protocol/index.js";
import { normalSchema } from "./normal-form.js";

const vectors = readVectors("normal-schema") as {
  name: string;
  schema: JsonSchema;
  normal: JsonSchema;
}[];

function printedBy(schema: StandardJSONSchemaV1): Record<string, unknown> {
  const { $schema: _dialect, ...printed } = schema["~standard"].jsonSchema.input({
    target: "draft-2020-12",
  });
  return printed;
}

describe("normal-schema.json", () => {
  // As texts: the order of the keywords is what it is about.
  it.each(vectors)("$name", ({ schema, normal }) => {
    expect(JSON.stringify(normalSchema(schema))).toBe(JSON.stringify(normal));
    expect(JSON.stringify(normalSchema(normal))).toBe(JSON.stringify(normal));
  });
});

describe("what Zod prints", () => {
  it.each([
    ["base64", z.base64()],
    ["base64url", z.base64url()],
    ["date", z.iso.date()],
    ["date-time", z.iso.datetime({ offset: true })],
    ["duration", z.iso.duration()],
    ["email", z.email()],
    ["ipv4", z.ipv4()],
    ["ipv6", z.ipv6()],
    ["uuid", z.uuid()],
  ])("has no pattern that only repeats the format %s", (format, schema) => {
    const printed = printedBy(schema);
    expect(printed).toHaveProperty("pattern");
    const { pattern: _pattern, ...rest } = printed;
    expect(normalSchema(printed)).toEqual(rest);
    expect(rest).toMatchObject({ format });
  });

  it.each([
    ["of UUIDs of one version", z.uuidv4()],
    ["of UUIDs of any form", z.guid()],
    ["of times in UTC only", z.iso.datetime()],
    ["of times to the second", z.iso.datetime({ offset: true, precision: 0 })],
    ["of addresses that a server takes", z.email({ pattern: /@example\.com$/ })],
    ["of a format of one's own", z.stringFormat("int64", /^-?\d+$/)],
    ["without a format", z.iso.time()],
  ])("keeps a pattern %s", (_what, schema) => {
    const printed = printedBy(schema);
    expect(printed).toHaveProperty("pattern");
    expect(normalSchema(printed)).toEqual(printed);
  });

  it.each<[string, StandardJSONSchemaV1, StandardJSONSchemaV1]>([
    ["a nullable string and integer", z.string().nullable(), type("string | null")],
    ["integers", z.object({ a: z.int() }), type({ a: "number.integer" })],
    ["maps", z.record(z.string(), z.number()), type({ "[string]": "number" })],
  ])("is what ArkType prints: %s", (_what, ofZod, ofArkType) => {
    const withoutOrder = (schema: StandardJSONSchemaV1) =>
      JSON.parse(JSON.stringify(normalSchema(printedBy(schema)))) as unknown;
    expect(withoutOrder(ofZod)).toEqual(withoutOrder(ofArkType));
  });

  // With a loop within a loop it would take minutes: services choose what they have in contracts.
  it("of very many properties is there soon", () => {
    const names = Array.from({ length: 300_000 }, (_, index) => `p${index}`);
    const properties = Object.fromEntries(names.map((name) => [name, true]));
    const normal = normalSchema({ properties, required: names.toReversed() });
    expect(normal).toMatchObject({ required: names });
  });

  it("of very many alternatives within each other is there soon", () => {
    const alternatives = Array.from({ length: 100_000 }, (_, index) => ({ const: index }));
    let schema: JsonSchema = { anyOf: alternatives };
    for (let level = 1; level <= 200; level++) schema = { anyOf: [schema, { const: -level }] };
    const levels = Array.from({ length: 200 }, (_, index) => ({ const: -index - 1 }));
    expect(normalSchema(schema)).toEqual({ anyOf: [...alternatives, ...levels] });
  });
});
