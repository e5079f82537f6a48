import { Ajv2020 } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ContractMethod, JsonSchema } from "../../protocol/index.js";
import { canonicalSchema, canonicalText } from "../../schema/index.js";
import { diffMethods } from "./diff-contracts.js";
import { methodHash } from "../hash.js";
import { withMutation } from "../testing/mutation.js";
import { arbitrarySchema } from "../../../testing/arbitrary-schema.js";

const method: fc.Arbitrary<Omit<ContractMethod, "name">> = fc.record(
  { params: arbitrarySchema, result: arbitrarySchema, idempotent: fc.constant(true as const) },
  { requiredKeys: [] },
);

describe("for any schema", () => {
  it("the canonical form of a canonical form is itself", () => {
    fc.assert(
      fc.property(arbitrarySchema, (schema) => {
        const canonical = canonicalSchema(schema);
        expect(canonicalText(canonicalSchema(canonical))).toBe(canonicalText(canonical));
      }),
    );
  });

  it("nothing is different from itself, however it is written", () => {
    fc.assert(
      fc.property(method, (same) => {
        const shuffled = JSON.parse(JSON.stringify(same), reversed) as typeof same;
        expect(methodHash(shuffled)).toBe(methodHash(same));
        expect(diffMethods(same, shuffled)).toEqual({ verdict: "same", changes: [] });
      }),
    );
  });

  it("the same hash and the verdict that it is the same go together", () => {
    fc.assert(
      fc.property(method, method, (old, now) => {
        const { verdict, changes } = diffMethods(old, now);
        expect(verdict === "same").toBe(methodHash(old) === methodHash(now));
        expect(verdict === "changed").toBe(changes.some(({ breaking }) => breaking));
      }),
    );
  });

  it("what breaks in params of a pair breaks in results of the pair the other way round", () => {
    // Not the other way round: in results clients are tolerant.
    fc.assert(
      fc.property(arbitrarySchema, arbitrarySchema, (a, b) => {
        const there = diffMethods({ result: a }, { result: b });
        const back = diffMethods({ params: b }, { params: a });
        fc.pre(there.verdict === "changed");
        expect(back.verdict).toBe("changed");
      }),
    );
  });
});

describe("params that are not changed for old clients", () => {
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 2 },
      fc.constantFrom<unknown[]>("", "a", "b", "10", "aaa", 0, 1, 2, 3, 4, 0.5, true, false, null),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom("a", "b", "c", "kind", "1"), tie("value"), { maxKeys: 3 }),
    ),
  })).value;

  it("are what a validator accepts when it accepted them before", () => {
    fc.assert(
      fc.property(
        withMutation(arbitrarySchema, fc.oneof(arbitrarySchema, json)),
        fc.array(json, { minLength: 20, maxLength: 20 }),
        ([old, now], values) => {
          // In `not` fewer values are more, and parts of `allOf` are meant to be closed together.
          fc.pre(!/"(not|if|allOf)":/.test(JSON.stringify([old, now])));
          fc.pre(diffMethods({ params: old }, { params: now }).verdict !== "changed");
          const [accepted, accepts] = [withoutOthers(old), now].map((schema) =>
            validator(schema, values),
          );
          fc.pre(accepted !== undefined && accepts !== undefined);
          expect(values.filter(accepted).filter((value) => !accepts(value))).toEqual([]);
        },
      ),
      { numRuns: 200, maxSkipsPerRun: 1000 },
    );
  });
});

const ajv = new Ajv2020({
  strict: false,
  validateFormats: false,
  logger: false,
  meta: false,
  validateSchema: false,
  addUsedSchema: false,
  ownProperties: true,
});

/** The check of a schema, if it is one that can be compiled. */
function validator(
  schema: JsonSchema,
  values: unknown[],
): ((value: unknown) => boolean) | undefined {
  try {
    // One of several objects is meant, and not that the others may not fit as well.
    const text = JSON.stringify(schema).replaceAll('"oneOf":', '"anyOf":');
    const validate = ajv.compile(JSON.parse(text) as JsonSchema);
    // A reference to itself alone never ends, and ajv trips over constants named __proto__.
    for (const value of values) validate(value);
    return (value) => validate(value);
  } catch {
    return undefined;
  }
}

/** The schema of what clients send: no field of which the schema says nothing. */
function withoutOthers(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (_key, part: unknown) => {
    const isObjectSchema =
      typeof part === "object" && part !== null && "type" in part && part.type === "object";
    return isObjectSchema && !("additionalProperties" in part)
      ? { ...part, additionalProperties: false }
      : part;
  }) as JsonSchema;
}

describe("an object", () => {
  const fields = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.constantFrom("string", "null"));

  it("in params may lose fields, in results it may get them", () => {
    fc.assert(
      fc.property(fields, fields, (some, more) => {
        const [small, large] = [objectOf(some), objectOf({ ...more, ...some })];
        expect(diffMethods({ params: large }, { params: small }).verdict).not.toBe("changed");
        expect(diffMethods({ result: small }, { result: large }).verdict).not.toBe("changed");
      }),
    );
  });
});

function objectOf(types: Record<string, string>): JsonSchema {
  const properties = Object.fromEntries(
    Object.entries(types).map(([name, type]) => [name, { type }]),
  );
  return { type: "object", properties, required: Object.keys(types) };
}

/** Objects with their keys in another order. */
function reversed(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toReversed());
}
