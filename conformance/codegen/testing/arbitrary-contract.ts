import * as fc from "fast-check";
import type {
  Contract,
  ContractErrorType,
  ContractMethod,
  JsonSchema,
} from "../../../src/protocol/index.js";

/** Words that some language or base client has taken, that fall together, or that are no names. */
const HAZARDS = `a A a-b a_b aB class class_ import from None def type func range self then
  constructor toString __proto__ __init__ _x copy json dict schema model_config model_dump list str
  date datetime uuid int error string marshal_json params result options ctx err timeout rest extra
  value kind len nil Object Promise Record имя 任务 🏓 1st 2fa v2Api URLParser userId user_id`.split(
  /\s+/,
);
const KEYS = [...HAZARDS, "", " ", "-", "$ref", "@id", 'a"b', "a`b", "a,omitempty", "a\nb", "\\"];
const TEXTS = [
  "Text.",
  "*/ alert(1) /*",
  'ends with "',
  '"""',
  "back\\",
  "one\n\n  two\r\nthree\u2028four",
  "//go:build x\n@deprecated\n# Heading\n- item",
  "\u202e bidi \u0000 \ud800",
];
const FORMATS = `base64url byte date date-time decimal duration int64 time uint64 uuid
  email`.split(/\s+/);
const VALUES = ["", " ", "foo", "FOO", "f-o-o", "+1", "-1", "None", "mro", "__x__", "a\n", "имя"];

const key = fc.constantFrom(...KEYS);
const description = fc.constantFrom(...TEXTS);

function valuesOf<T>(...values: T[]): fc.Arbitrary<T[]> {
  return fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 4 });
}

const plain = fc.oneof(
  fc.constantFrom<JsonSchema>(
    {},
    { type: "boolean", default: false },
    { type: "integer", default: 3 },
    { type: "integer", minimum: -5, maximum: 2 ** 40 },
    { type: "number", default: 0.5 },
    { type: "null" },
    { type: ["string", "null"] },
    { const: "a" },
    { const: 1 },
  ),
  fc.constantFrom(...FORMATS).map((format) => ({ type: "string", format })),
  fc.constantFrom(...TEXTS).map((text) => ({ type: "string", default: text })),
  valuesOf(...VALUES).map((values) => ({ enum: values })),
  valuesOf(0, 1, -1, 2 ** 40).map((values) => ({ enum: values })),
  valuesOf<unknown>(1, "1", true, null, 0.5).map((values) => ({ enum: values })),
);

/** The schemas of one side of a method; references are to `definitions`. */
function schemasOf(definitions: readonly string[]): fc.Arbitrary<JsonSchema> {
  const { schema } = fc.letrec<{ schema: JsonSchema }>((tie) => {
    const inner = tie("schema");
    return {
      schema: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        plain,
        fc.constantFrom(...definitions).map((name) => ({ $ref: `#/$defs/${name}` })),
        objectOf(inner),
        fc.tuple(inner, description).map(([of, text]) => ({ description: text, allOf: [of] })),
        inner.map((items) => ({ type: "array", items })),
        inner.map((of) => ({ anyOf: [of, { type: "null" }] })),
        inner.map((of) => ({ type: "object", additionalProperties: of })),
        tupleOf(inner),
        unionOf(inner),
        fc.tuple(inner, inner).map((anyOf) => ({ anyOf })),
      ),
    };
  });
  return schema;
}

function objectOf(inner: fc.Arbitrary<JsonSchema>): fc.Arbitrary<Record<string, unknown>> {
  return fc
    .tuple(
      fc.array(fc.tuple(key, inner, fc.boolean()), { maxLength: 5 }),
      fc.option(inner, { nil: undefined, freq: 5 }),
    )
    .map(([fields, rest]) => ({
      type: "object",
      properties: Object.fromEntries(fields.map(([name, schema]) => [name, schema])),
      required: [...new Set(fields.filter(([, , isIn]) => isIn).map(([name]) => name))],
      ...(rest === undefined ? {} : { additionalProperties: rest }),
    }));
}

function tupleOf(inner: fc.Arbitrary<JsonSchema>): fc.Arbitrary<JsonSchema> {
  return fc
    .tuple(fc.array(inner, { minLength: 1, maxLength: 3 }), fc.oneof(fc.constant(false), inner))
    .map(([prefixItems, items]) => ({
      type: "array",
      prefixItems,
      items,
      minItems: prefixItems.length,
    }));
}

function unionOf(inner: fc.Arbitrary<JsonSchema>): fc.Arbitrary<JsonSchema> {
  return fc
    .tuple(valuesOf("circle", "square", "x_y", "X-Y"), objectOf(inner))
    .map(([kinds, of]) => {
      const properties = of["properties"] as Record<string, JsonSchema>;
      const required = of["required"] as string[];
      return {
        oneOf: kinds.map((kind) => ({
          ...of,
          properties: { ...properties, kind: { const: kind } },
          required: [...new Set([...required, "kind"])],
        })),
      };
    });
}

/**
 * Contracts with names and texts that attack a generator, around all shapes. The names of methods,
 * models and errors start with the contract's number, so that contracts can be put together to one.
 */
export function contracts(number: number): fc.Arbitrary<Contract> {
  const prefix = `S${number}`;
  const ids = ["Node", "Object", "Foo"].map((name) => `${prefix}${name}`);
  const schema = schemasOf(ids);
  const side = fc
    .tuple(schema, fc.tuple(...ids.map(() => objectOf(schema))))
    .map(([root, list]) => ({
      allOf: [root],
      $defs: Object.fromEntries(ids.map((id, index) => [id, list[index]!])),
    }));
  const error: fc.Arbitrary<ContractErrorType> = fc.record(
    {
      name: fc.constant(`${prefix}NotFound`),
      code: fc.constant(1000 + number),
      description,
      details: schemasWithout(ids[0]!),
    },
    { requiredKeys: ["name", "code"] },
  );
  const names = fc.uniqueArray(fc.constantFrom(...HAZARDS), { minLength: 1, maxLength: 3 });
  return fc
    .tuple(names, side, side, error)
    .chain(([words, params, result, declared]) =>
      fc.tuple(
        ...words.map((word) =>
          fc.record<ContractMethod, "name">(
            {
              name: fc.constant(`${prefix}.${word}`),
              description,
              deprecated: description,
              idempotent: fc.constant(true),
              // All methods have the definitions of the same models.
              params: schema.map((root) => ({ ...params, allOf: [root] })),
              result: schema.map((root) => ({ ...result, allOf: [root], $defs: params.$defs })),
              errors: fc.constant([declared]),
            },
            { requiredKeys: ["name"] },
          ),
        ),
      ),
    )
    .map((methods) => ({ contract: 1, methods: sorted(methods) }));
}

/** Schemas that refer to a definition of their own. */
function schemasWithout(id: string): fc.Arbitrary<JsonSchema> {
  const own = `${id}Details`;
  return fc
    .tuple(schemasOf([own]), objectOf(plain))
    .map(([root, model]) => ({ allOf: [root], $defs: { [own]: model } }));
}

/** The methods in the order that contracts have them in. */
export function sorted(methods: readonly ContractMethod[]): ContractMethod[] {
  return methods.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
