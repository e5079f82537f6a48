import type { Contract, JsonSchema } from "../../src/protocol/index.js";

const text = { type: "string" };
const integer = { type: "integer" };
const format = (name: string) => ({ type: "string", format: name });
const object = (
  properties: Record<string, unknown>,
  required = Object.keys(properties),
  more: object = {},
) => ({ type: "object", properties, required, ...more });
const nullable = (schema: object) => ({ anyOf: [schema, { type: "null" }] });
const constant = (value: unknown) => ({ const: value });

/** The types whose values go through the clients and back, by name. */
const types: Record<string, JsonSchema> = {
  states: object(
    { required: text, optional: text, nullable: nullable(text), both: nullable(text) },
    ["required", "nullable"],
  ),
  scalars: object({ text, integer, number: { type: "number" }, yes: { type: "boolean" } }, []),
  formats: object(
    {
      int64: format("int64"),
      uint64: format("uint64"),
      decimal: format("decimal"),
      at: format("date-time"),
      on: format("date"),
      time: format("time"),
      duration: format("duration"),
      uuid: format("uuid"),
      bytes: { type: "string", contentEncoding: "base64" },
      url_bytes: { type: "string", contentEncoding: "base64url" },
    },
    [],
  ),
  format_lists: object(
    {
      ints: { type: "array", items: format("int64") },
      times: { type: "object", additionalProperties: format("date-time") },
      bytes: nullable({ type: "string", contentEncoding: "base64" }),
    },
    ["bytes"],
  ),
  enums: object(
    {
      state: { enum: ["open", "closed"] },
      level: { enum: [1, 2, 3] },
      mixed: { enum: [1, "1", true, null] },
      done: constant(true),
    },
    [],
  ),
  shape: {
    oneOf: [
      object({ kind: constant("circle"), radius: { type: "number" } }),
      object({ kind: { enum: ["square", "box"] }, side: integer }),
    ],
  },
  shapes: {
    type: "array",
    items: {
      id: "ShapesItem",
      oneOf: [
        object({ version: constant(1), name: text }),
        object({ version: constant(2), names: { type: "array", items: text } }),
      ],
    },
  },
  scalar_union: { anyOf: [text, integer, { type: "boolean" }, { type: "array", items: text }] },
  ambiguous: { anyOf: [object({ a: integer }), object({ b: text, c: text })] },
  tuple: { type: "array", prefixItems: [text, integer], minItems: 2, items: false },
  tuple_rest: {
    type: "array",
    prefixItems: [text],
    minItems: 1,
    items: { type: "array", items: integer },
  },
  maps: object(
    {
      counts: { type: "object", additionalProperties: integer },
      by_state: {
        type: "object",
        propertyNames: { enum: ["open", "closed"] },
        additionalProperties: text,
      },
    },
    ["counts"],
  ),
  rest: object({ id: integer }, ["id"], { additionalProperties: text }),
  tree: {
    $ref: "#/$defs/Tree",
    $defs: {
      Tree: object({
        value: integer,
        children: { type: "array", items: { $ref: "#/$defs/Tree" } },
      }),
    },
  },
  json: {
    $ref: "#/$defs/Json",
    $defs: {
      Json: {
        anyOf: [
          { type: "null" },
          { type: "boolean" },
          { type: "number" },
          text,
          { type: "array", items: { $ref: "#/$defs/Json" } },
          { type: "object", additionalProperties: { $ref: "#/$defs/Json" } },
        ],
      },
    },
  },
  anything: object({ value: {} }, []),
  names: object(
    {
      a: integer,
      A: integer,
      "": integer,
      "-": integer,
      'q"uote': integer,
      "com,ma": integer,
      "back`tick": integer,
      "back\\slash": integer,
      "new\nline": integer,
      __proto__: integer,
      class: integer,
      _private: integer,
      model_config: integer,
      constructor: integer,
    },
    [],
  ),
  text,
  integer,
  int64: format("int64"),
  list: { type: "array", items: object({ id: integer }, ["id"], { id: "ListItem" }) },
  nothing: { type: "null" },
  maybe: nullable(object({ id: integer }, ["id"], { id: "MaybeItem" })),
};
// A literal with this key would set the prototype.
Object.defineProperty((types["names"] as { properties: object }).properties, "__proto__", {
  value: integer,
  enumerable: true,
});

/** Objects and unions get names, so that a method's result is what another takes. */
function named(name: string, schema: JsonSchema): JsonSchema {
  if (typeof schema === "boolean" || "$ref" in schema) return schema;
  const id = name.replace(/(?:^|_)(.)/g, (_match, letter: string) => letter.toUpperCase());
  return ["properties", "oneOf", "anyOf", "prefixItems"].some((key) => key in schema)
    ? { ...schema, id: `${id}Value` }
    : schema;
}

/** `get.<type>` gives a value of a type, `put.<type>` takes one. */
export const roundTripContract: Contract = {
  contract: 1,
  methods: Object.entries(types)
    .flatMap(([name, schema]) => [
      { name: `get.${name}`, result: named(name, schema) },
      { name: `put.${name}`, params: named(name, schema) },
    ])
    .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
};
