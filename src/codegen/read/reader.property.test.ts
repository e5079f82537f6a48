import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonSchema } from "../../protocol/index.js";
import {
  innerTypes,
  referencesOf,
  type Model,
  type Models,
  type Type,
} from "../model/api-model.js";
import { buildModel, type BuiltModel } from "./build-model.js";
import { ContractError } from "../model/contract-error.js";

const NAMES = ["a", "b", "a-b", "a_b", "kind", "__proto__", "constructor", "", "A"];
const DEFINITIONS = ["Foo", "FooInput", "__schema0", "AGetParams", "bar-baz"];

const name = fc.constantFrom(...NAMES);
const reference = fc.constantFrom(...DEFINITIONS).map((key) => ({ $ref: `#/$defs/${key}` }));
const scalar = fc.constantFrom<JsonSchema>(
  true,
  {},
  { type: "string" },
  { type: "string", format: "uuid" },
  { type: "string", contentEncoding: "base64" },
  { type: "integer", default: 1 },
  { type: "number" },
  { type: "boolean" },
  { type: "null" },
  { type: ["string", "null"] },
  { enum: ["a", "b"] },
  { enum: [1, "a", true, null] },
  { const: { a: [1, null] } },
  { const: "a", description: "text" },
);

/** The shapes that every contract may have, around others. */
function shapesOf(inner: fc.Arbitrary<JsonSchema>): fc.Arbitrary<JsonSchema>[] {
  const properties = fc.dictionary(name, inner, { maxKeys: 3 });
  const list = fc.array(inner, { minLength: 1, maxLength: 3 });
  const object = fc.record(
    {
      type: fc.constant("object"),
      properties,
      required: fc.uniqueArray(name, { maxLength: 2 }),
      propertyNames: fc.constantFrom<JsonSchema>({ enum: ["a", "b"] }, { type: "string" }),
      additionalProperties: inner,
    },
    { requiredKeys: ["type", "properties"] },
  );
  const variants = fc.uniqueArray(fc.constantFrom("x", "X", "y", 1, true), {
    minLength: 2,
    maxLength: 3,
  });
  const variant = (kind: unknown, more: Record<string, JsonSchema>) => ({
    type: "object",
    properties: { ...more, kind: { const: kind } },
    required: ["kind"],
  });
  return [
    object,
    inner.map((items) => ({ type: "array", items })),
    list.map((prefixItems) => ({ prefixItems, items: false, minItems: prefixItems.length })),
    list.map((anyOf) => ({ anyOf })),
    fc
      .tuple(variants, properties)
      .map(([kinds, more]) => ({ oneOf: kinds.map((kind) => variant(kind, more)) })),
  ];
}

/** Schemas that may contradict themselves, without an end. */
const { wild } = fc.letrec<{ wild: JsonSchema }>((tie) => {
  const inner = tie("wild");
  const list = fc.array(inner, { minLength: 1, maxLength: 3 });
  const ids = fc.constantFrom("Foo", "Bar");
  return {
    wild: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      scalar,
      reference,
      fc.constant(false),
      ...shapesOf(inner),
      list.map((allOf) => ({ allOf })),
      fc.tuple(inner, list).map(([beside, anyOf]) => ({ ...(beside as object), anyOf })),
      fc.tuple(inner, ids).map(([named, id]) => ({ ...(named as object), id })),
    ),
  };
});

/** Schemas in which nothing contradicts anything. */
const { tame } = fc.letrec<{ tame: JsonSchema }>((tie) => {
  const inner = tie("tame");
  return {
    tame: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      scalar,
      reference.map((items) => ({ type: "array", items })),
      reference.map((ref) => ({ type: "object", properties: { ref } })),
      ...shapesOf(inner),
    ),
  };
});

/** Some methods whose schemas have the same definitions. */
function methodsOf(schema: fc.Arbitrary<JsonSchema>) {
  const definitions = fc.tuple(...DEFINITIONS.map(() => schema));
  const names = fc.uniqueArray(fc.constantFrom("a.get", "a_get", "b.c", "b", "z"), {
    minLength: 1,
    maxLength: 3,
  });
  return fc.tuple(definitions, names).chain(([list, some]) => {
    const $defs = Object.fromEntries(DEFINITIONS.map((key, index) => [key, list[index]]));
    const whole = schema.map((root) => ({ allOf: [root], $defs }));
    return fc.tuple(
      ...some.map((key) => fc.record({ name: fc.constant(key), params: whole, result: whole })),
    );
  });
}

function modelOf(list: readonly object[]): BuiltModel | string[] {
  try {
    return buildModel({ contract: 1, methods: list as never });
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    return error.problems.map((problem) => JSON.stringify(problem)).toSorted();
  }
}

function typesIn(model: Model): readonly Type[] {
  switch (model.kind) {
    case "object":
      return [...model.fields.map((field) => field.type), ...(model.rest ? [model.rest] : [])];
    case "union":
      return model.variants.map((variant) => variant.type);
    case "alias":
      return [model.type];
    default:
      return [];
  }
}

function allTypes(type: Type): readonly Type[] {
  return [type, ...innerTypes(type).flatMap(allTypes)];
}

test("any contract becomes a model or a list of problems", () => {
  fc.assert(
    fc.property(methodsOf(wild), (list) => {
      const result = modelOf(list);
      expect(modelOf(list.toReversed())).toEqual(result);
    }),
    { numRuns: 100 },
  );
});

test("a model is whole: what it refers to is there, and each name is there once", () => {
  let built = 0;
  const check = (list: readonly object[]) => {
    const api = modelOf(list);
    if (Array.isArray(api)) return true;
    built++;
    const models = api.byName;
    return (
      models.size === api.models.length &&
      api.models.every((model) => isWhole(model, models)) &&
      api.models
        .flatMap(typesIn)
        .flatMap(allTypes)
        .every((type) => isSound(type, models))
    );
  };
  fc.assert(fc.property(methodsOf(tame), check), { numRuns: 150 });
  expect(built).toBeGreaterThan(75);
});

function isWhole(model: Model, models: Models): boolean {
  const untagged = model.kind === "union" ? model.variants.filter((v) => v.tags.length === 0) : [];
  const kinds = new Set(untagged.map((variant) => variant.json));
  const isClear = model.kind !== "union" || model.ambiguous || kinds.size === untagged.length;
  return isClear && referencesOf(model).every((name) => models.has(name));
}

function isSound(type: Type, models: Models): boolean {
  if (type.kind === "nullable") {
    return !["nullable", "null", "unknown"].includes(type.type.kind);
  }
  if (type.kind !== "map" || type.keys === undefined) return true;
  const keys = models.get(type.keys);
  return keys?.kind === "enum" && keys.base === "string";
}
