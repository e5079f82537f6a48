import { Ajv2020 } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildModel, ContractError } from "../../src/codegen/index.js";
import { diffMethods } from "../../src/contract/index.js";
import { arbitrarySchema } from "../../testing/arbitrary-schema.js";
import type { JsonSchema } from "../../src/protocol/index.js";
import { normalContract } from "../../src/index.js";

const ajv = new Ajv2020({
  strict: false,
  validateFormats: false,
  logger: false,
  meta: false,
  validateSchema: false,
  addUsedSchema: false,
  ownProperties: true,
});

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom<unknown[]>("", "a", "b", "10", "aaa", 0, 1, 2, 3, 4, 0.5, true, false, null),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "c", "kind", "1"), tie("value"), { maxKeys: 3 }),
  ),
})).value;

/** Schemas in which libraries put the same in other words. */
const wordySchema = arbitrarySchema.map((schema) =>
  typeof schema === "boolean"
    ? schema
    : {
        anyOf: [{ anyOf: [schema, { type: ["integer", "null"] }] }, { type: "string" }, schema],
        $defs: schema["$defs"] ?? {},
      },
);

function normal(schema: JsonSchema): JsonSchema {
  const [method] = normalContract({
    contract: 1,
    methods: [{ name: "a", params: schema }],
  }).methods;
  return method!.params!;
}

/** What the comparison of schemas may not take apart. */
const UNJUDGED = /"(not|if|contains|patternProperties|allOf|\$ref)":|"const":[{[]/;

/** What a validator says of each value; `undefined` for a schema that cannot be compiled. */
function verdicts(schema: JsonSchema, values: unknown[]): boolean[] | undefined {
  try {
    const validate = ajv.compile(schema);
    return values.map((value) => validate(value));
  } catch {
    return undefined;
  }
}

describe.each([
  ["any schema", arbitrarySchema],
  ["a wordy schema", wordySchema],
])("the normal form of %s", (_what, schemas) => {
  it("is its own normal form", () => {
    fc.assert(
      fc.property(schemas, (schema) => {
        const once = normal(schema);
        expect(JSON.stringify(normal(once))).toBe(JSON.stringify(once));
      }),
    );
  });

  it("accepts what the schema accepts", () => {
    fc.assert(
      fc.property(schemas, fc.array(json, { minLength: 10, maxLength: 10 }), (schema, values) => {
        // Ajv finds a definition of this name where there is none.
        fc.pre(!JSON.stringify(schema).includes("/__proto__"));
        const expected = verdicts(schema, values);
        fc.pre(expected !== undefined);
        expect(verdicts(normal(schema), values)).toEqual(expected);
      }),
      { numRuns: 300, maxSkipsPerRun: 100 },
    );
  });

  it("changes nothing for clients of the schema", () => {
    fc.assert(
      fc.property(schemas, (schema) => {
        // What cannot be judged breaks unless it is written in the same way.
        fc.pre(!UNJUDGED.test(JSON.stringify(schema)));
        for (const part of ["params", "result"]) {
          const { changes } = diffMethods({ [part]: schema }, { [part]: normal(schema) });
          expect(changes.filter(({ breaking }) => breaking)).toEqual([]);
        }
      }),
      { maxSkipsPerRun: 100 },
    );
  });
});

it("clients generated from the normal form of any schema are those of the schema", () => {
  const model = (part: "params" | "result", schema: JsonSchema): unknown => {
    try {
      return buildModel({ contract: 1, methods: [{ name: "a.run", [part]: schema }] });
    } catch (error) {
      if (error instanceof ContractError) return ContractError;
      throw error;
    }
  };
  fc.assert(
    fc.property(arbitrarySchema, fc.constantFrom("params", "result"), (schema, part) => {
      expect(model(part, normal(schema))).toEqual(model(part, schema));
    }),
    { numRuns: 500 },
  );
});
