import * as fc from "fast-check";
import type { JsonSchema } from "../src/protocol/index.js";

const word = fc.constantFrom("a", "b", "c", "kind", "__proto__", "constructor", "1", "10", "ä/~%");
const limit = fc.nat(3);
const values = fc.array(fc.oneof(word, limit, fc.boolean(), fc.constant(null)), {
  minLength: 1,
  maxLength: 4,
});

/** An object with some of the given keywords. */
function some(keywords: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> {
  return fc.record(keywords, { requiredKeys: [] });
}

const documents = some({ title: word, description: word, deprecated: fc.boolean(), "x-own": word });
const names = ["A", "B/c~d%", "__proto__"];
const ref = (name: string): string =>
  `#/$defs/${encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"))}`;

const { schema } = fc.letrec<{ schema: JsonSchema }>((tie) => {
  const part = tie("schema");
  const map = (of: fc.Arbitrary<unknown>): fc.Arbitrary<object> =>
    fc.array(fc.tuple(word, of), { maxLength: 3 }).map((entries) => Object.fromEntries(entries));
  const typed = (type: string, keywords: Record<string, fc.Arbitrary<unknown>>) =>
    some(keywords).map((rest) => ({ type, ...rest }));
  const parts = fc.array(part, { minLength: 1, maxLength: 3 });
  return {
    schema: fc
      .tuple(
        fc.oneof(
          { maxDepth: 4, depthIdentifier: "schema" },
          fc.constantFrom<object[]>({}, { type: "null" }, { type: "boolean" }),
          typed("string", { minLength: limit, maxLength: limit, pattern: word, format: word }),
          typed("number", {
            minimum: limit,
            exclusiveMaximum: limit,
            multipleOf: fc.integer({ min: 1, max: 4 }),
          }),
          typed("integer", { maximum: limit, default: limit }),
          fc.record({ enum: values }),
          fc.record({ const: fc.oneof(word, limit, map(limit)) }),
          fc.record({ $ref: fc.constantFrom("#", ...names.map(ref), "#/$defs/none") }),
          typed("array", {
            items: part,
            prefixItems: parts,
            minItems: limit,
            uniqueItems: fc.boolean(),
          }),
          typed("object", {
            properties: map(part),
            required: fc.uniqueArray(word, { maxLength: 3 }),
            additionalProperties: fc.oneof(fc.boolean(), part),
            propertyNames: fc.record({ enum: fc.array(word, { minLength: 1 }) }),
          }),
          fc.record({ anyOf: parts }),
          fc.record({ oneOf: parts }),
          fc.record({ allOf: parts }),
          some({ not: part, patternProperties: map(part), if: part, contains: part }),
        ),
        documents,
      )
      .map(([keywords, texts]) => ({ ...texts, ...keywords })),
  };
});

/** Schemas of all kinds, some of them with definitions and references that go in circles. */
export const arbitrarySchema: fc.Arbitrary<JsonSchema> = fc
  .tuple(schema, fc.array(fc.tuple(fc.constantFrom(...names), schema), { maxLength: 3 }))
  .map(([root, definitions]) =>
    definitions.length === 0 || typeof root === "boolean"
      ? root
      : { ...root, $defs: Object.fromEntries(definitions) },
  );
