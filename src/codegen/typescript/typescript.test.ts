import { describe, expect, it, test } from "vitest";
import type { ContractMethod, JsonSchema } from "../../protocol/index.js";
import { buildModel } from "../read/build-model.js";
import { generateTypescript } from "./index.js";

type Methods = Record<string, Omit<ContractMethod, "name">>;

/** The text of a file below `src/`. */
function generated(methods: Methods, file: string): string {
  const contract = {
    contract: 1 as const,
    methods: Object.entries(methods).map(([name, method]) => ({ name, ...method })),
  };
  const files = generateTypescript({
    model: buildModel(contract),
    runtime: new Map(),
    generatorVersion: "0.0.0",
  });
  return files.get(`src/${file}.ts`) ?? "";
}

function object(properties: Record<string, JsonSchema>, rest: object = {}): JsonSchema {
  return { type: "object", properties, required: Object.keys(properties), ...rest };
}

function lineWith(text: string, start: string): string | undefined {
  return text
    .split("\n")
    .find((line) => line.trim().startsWith(start))
    ?.trim();
}

const circle = object({ kind: { const: "circle" }, r: { type: "number" } }, { id: "Circle" });
const square = object({ kind: { const: "square" }, a: { type: "number" } }, { id: "Square" });
const text = { type: "string" };

/** A field of a result: its type, and what the codec reads of it. */
const shapes: [name: string, schema: JsonSchema, type: string, table: string][] = [
  ["text", text, "string", '"string"'],
  ["number", { type: "number" }, "number", '"number"'],
  ["integer", { type: "integer" }, "number", '"integer"'],
  ["boolean", { type: "boolean" }, "boolean", '"boolean"'],
  ["null", { type: "null" }, "null", '"null"'],
  ["int64", { type: "string", format: "int64" }, "bigint", '"int64"'],
  ["uint64", { type: "string", format: "uint64" }, "bigint", '"uint64"'],
  ["base64", { type: "string", contentEncoding: "base64" }, "Uint8Array", '"base64"'],
  ["base64url", { type: "string", contentEncoding: "base64url" }, "Uint8Array", '"base64url"'],
  ["date-time", { type: "string", format: "date-time" }, "string", '"date-time"'],
  ["email, which is a text", { type: "string", format: "email" }, "string", '"string"'],
  ["list", { type: "array", items: text }, "string[]", '{ array: "string" }'],
  [
    "list of alternatives",
    { type: "array", items: { type: ["string", "integer"] } },
    "(string | number)[]",
    '{ array: { kinds: { string: "string", number: "integer" } } }',
  ],
  [
    "tuple",
    { type: "array", prefixItems: [text, { type: "null" }], items: false, minItems: 2 },
    "[string, null]",
    '{ tuple: ["string", "null"] }',
  ],
  [
    "tuple with rest",
    { type: "array", prefixItems: [text], items: { type: ["string", "integer"] }, minItems: 1 },
    "[string, ...(string | number)[]]",
    '{ tuple: ["string"], rest: { kinds: { string: "string", number: "integer" } } }',
  ],
  [
    "map",
    { type: "object", additionalProperties: { type: "integer" } },
    "Record<string, number>",
    '{ map: "integer" }',
  ],
  [
    "map with keys of an open enum",
    { type: "object", propertyNames: { enum: ["a", "b"] }, additionalProperties: text },
    'Partial<Record<"a" | "b" | (string & {}), string>>',
    '{ map: "string" }',
  ],
  ["nullable", { type: ["string", "null"] }, "string | null", '{ nullable: "string" }'],
  ["constant", { const: "a" }, '"a"', '{ enum: ["a"] }'],
  ["open enum", { enum: ["a", "b"] }, '"a" | "b" | (string & {})', '"string"'],
  ["open enum of numbers", { enum: [1, 2.5] }, "1 | 2.5 | (number & {})", '"number"'],
  [
    "union of JSON types",
    { anyOf: [text, { type: "boolean" }, circle] },
    "string | boolean | Circle",
    '{ kinds: { string: "string", boolean: "boolean", object: "Circle" } }',
  ],
  [
    "union of objects",
    { anyOf: [circle, square] },
    'Circle | Square | UnknownVariant<"kind">',
    '{ tag: "kind", variants: [["Circle", "circle"], ["Square", "square"]], open: true }',
  ],
  [
    "union of objects and others",
    { anyOf: [circle, text, square] },
    'string | Circle | Square | UnknownVariant<"kind">',
    '{ kinds: { string: "string", object: { tag: "kind", variants: [["Circle", "circle"], ["Square", "square"]], open: true } } }',
  ],
  [
    "ambiguous union",
    {
      anyOf: [
        { type: "array", items: text },
        { type: "array", items: { type: "integer" } },
      ],
    },
    "string[] | number[]",
    '{ anyOf: [{ array: "string" }, { array: "integer" }] }',
  ],
];

describe("a field of a result", () => {
  test.each(shapes)("%s", (_name, schema, type, table) => {
    const methods = { m: { result: object({ x: schema }, { id: "Found" }) } };
    expect(lineWith(generated(methods, "models"), "x:")).toBe(`x: ${type};`);
    const line = lineWith(generated(methods, "schemas"), "Found:");
    expect(line).toBe(`Found: { required: { x: ${table} } },`);
  });

  it("that may be anything need not be there", () => {
    const methods = { m: { result: object({ x: true }, { id: "Found" }) } };
    expect(lineWith(generated(methods, "models"), "x:")).toBe("x: unknown;");
    const line = lineWith(generated(methods, "schemas"), "Found:");
    expect(line).toBe('Found: { optional: { x: "unknown" } },');
  });
});

describe("params", () => {
  it("have closed enums and unions", () => {
    const params = object({ a: { enum: ["x", "y"] }, b: { anyOf: [circle, square] } });
    const models = generated({ m: { params } }, "models");
    expect(lineWith(models, "a:")).toBe('a: "x" | "y";');
    expect(lineWith(models, "b:")).toBe("b: Circle | Square;");
    expect(models).not.toContain("UnknownVariant");
  });

  it("with other keys of a type have an index signature that fits the fields", () => {
    const additionalProperties = { type: "string", format: "int64" };
    const params = object({ id: text }, { additionalProperties });
    const models = generated({ m: { params } }, "models");
    expect(lineWith(models, "[key: string]")).toBe("[key: string]: bigint | string;");
  });

  it("have their formats, defaults and deprecations in their comments", () => {
    const properties = {
      at: { type: "string", format: "date-time", deprecated: true, description: "When." },
      big: { type: "string", format: "int64", default: "5" },
    };
    const models = generated({ m: { params: { type: "object", properties } } }, "models");
    expect(models).toContain(`\
  /**
   * When.
   *
   * @deprecated
   * @format date-time
   */
  at?: string;
  /** @default 5n */
  big?: bigint;
`);
  });
});

describe("a type that contains itself", () => {
  it("is an alias that compiles: a Record could not be put off", () => {
    const json = {
      id: "Json",
      anyOf: [text, { type: "object", additionalProperties: { $ref: "#/$defs/Json" } }],
    };
    const result = { $ref: "#/$defs/Json", $defs: { Json: json } };
    const models = generated({ m: { result } }, "models");
    expect(models).toContain("export type Json = string | { [key: string]: Json };");
  });
});

describe("a method", () => {
  const methods: Methods = {
    "a.none": {},
    "a.any": { params: { type: "object", properties: { x: text } }, deprecated: "use a.none" },
    "a.object": { params: { type: "object", properties: { toString: text } } },
    "a.list": { params: { type: "array", items: text }, result: { enum: ["a"] } },
    // oxlint-disable-next-line unicorn/no-thenable -- it is what the test is about
    then: { description: "Waits." },
    connect: {},
  };
  const client = generated(methods, "client");

  it.each([
    ["without params and without result", "aNone(options?: CallOptions): Promise<void> {"],
    [
      "whose params can be left out",
      "aAny(params: AAnyParams = {}, options?: CallOptions): Promise<void> {",
    ],
    [
      "whose params {} is none of, for it has a toString of its own",
      "aObject(params: AObjectParams, options?: CallOptions): Promise<void> {",
    ],
    ["of a list", 'aList(params: string[], options?: CallOptions): Promise<"a"> {'],
    ["that would make the client a promise", "then_(options?: CallOptions): Promise<void> {"],
    ["of the base client", "connect_(options?: CallOptions): Promise<void> {"],
  ])("%s", (_title, signature) => {
    expect(client).toContain(`  ${signature}\n`);
  });

  it("that is deprecated says so", () => {
    expect(client).toContain("  /**\n   * Calls `a.any`.\n   *\n   * @deprecated use a.none\n");
  });
});

describe("a declared error", () => {
  const missing = { name: "Missing", code: 1001, details: object({ id: text }) };
  const locked = { name: "Locked", code: 1002, description: "Wait." };
  const methods: Methods = { "t.get": { errors: [missing, locked] } };
  const errors = generated(methods, "errors");

  it("is a class with its code and its details", () => {
    expect(errors).toContain(`\
/** The error Missing of the API. */
export class Missing extends RPCError {
  override readonly name = "Missing";
  declare readonly code: 1001;
  declare readonly details: MissingDetails;

  constructor(message: string, details: MissingDetails) {
    super(1001, message, details);
  }
}
`);
  });

  it("without details takes a message alone", () => {
    expect(errors).toContain("  constructor(message: string) {\n    super(1002, message);\n");
  });

  it("is one of a union for each method, with a guard", () => {
    expect(errors).toContain("export type TGetError = Locked | Missing;\n");
    expect(errors).toContain(
      "export function isTGetError(error: unknown): error is TGetError {\n" +
        "  return error instanceof Locked || error instanceof Missing;\n",
    );
    expect(lineWith(generated(methods, "client"), "* @throws")).toBe("* @throws Locked");
  });

  it("imports the variant that only newer servers know from the codec", () => {
    const details = { type: "array", items: { oneOf: [circle, square] } };
    const errors = [{ name: "Odd", code: 1000, details }];
    const file = generated({ a: { errors } }, "errors");
    expect(lineWith(file, "import type { UnknownVariant")).toContain("codec");
    expect(lineWith(file, "import type { Circle")).toBe(
      'import type { Circle, Square } from "./models.js";',
    );
  });

  it("is known to the codec", () => {
    const schemas = generated(methods, "schemas");
    expect(lineWith(schemas, '"t.get":')).toBe('"t.get": { errors: ["Locked", "Missing"] },');
    expect(lineWith(schemas, "Missing:")).toBe(
      'Missing: { code: 1001, details: "MissingDetails", type: Missing },',
    );
  });

  it("gets no file when there is none", () => {
    expect(generated({ m: {} }, "errors")).toBe("");
  });
});

describe("names that are taken", () => {
  it("get a mark after them, and keep their own on the wire", () => {
    const Promise_ = object({ x: text }, { id: "Promise" });
    const methods: Methods = {
      connection: { result: Promise_, errors: [{ name: "RPCError", code: 1001 }] },
    };
    const errors = generated(methods, "errors");
    expect(errors).toContain(
      'class RPCError_ extends RPCError {\n  override readonly name = "RPCError";',
    );
    expect(errors).toContain("type ConnectionError_ = RPCError_;");
    expect(generated(methods, "models")).toContain("export interface Promise_ {");
    const schemas = generated(methods, "schemas");
    expect(schemas).toContain("    RPCError: { code: 1001, type: RPCError_ },");
    expect(schemas).toContain('    connection: { result: "Promise", errors: ["RPCError"] },');
  });

  it("of a union of errors are not for models", () => {
    const methods: Methods = {
      "t.get": {
        result: object({ x: object({ y: text }, { id: "TGetError" }) }),
        errors: [{ name: "Locked", code: 1002 }],
      },
    };
    expect(generated(methods, "models")).toContain("export interface TGetError_ {");
    expect(generated(methods, "errors")).toContain("export type TGetError = Locked;");
  });

  it("of fields and methods that all objects have keep the types of the codec's table", () => {
    const result = object({ constructor: { type: "array", items: { oneOf: [circle, square] } } });
    const lines = generated({ toString: { result } }, "schemas");
    expect(lines).toContain(
      'toString: { result: "ToStringResult" } satisfies ApiSchemas["methods"]',
    );
    expect(lines).toMatch(
      /constructor: \{ array: .* \} satisfies ApiSchemas\["models"\]\[string\]/,
    );
  });

  it("of fields and methods can be __proto__", () => {
    const params = JSON.parse(
      '{"type":"object","properties":{"__proto__":{"type":"string"}},"required":["__proto__"]}',
    ) as JsonSchema;
    const methods: Methods = { ["__proto__"]: { params } };
    expect(lineWith(generated(methods, "models"), "__proto__")).toBe("__proto__: string;");
    const schemas = generated(methods, "schemas");
    expect(schemas).toContain('    ["__proto__"]: { params: "ProtoParams" },');
    expect(schemas).toContain('ProtoParams: { required: { ["__proto__"]: "string" } },');
  });
});

test("the contract is data: no key in it is the prototype, no character misleads", () => {
  const hostile =
    '{"__proto__":{"const":"{\\"__proto__\\":1}"},"x\\"__proto__":{"const":"\u202e"}}';
  const properties = JSON.parse(hostile) as Record<string, JsonSchema>;
  const file = generated({ m: { params: { type: "object", properties } } }, "contract-methods");
  expect(file).toContain(String.raw`["__proto__"]:{"const":"{\"__proto__\":1}"}`);
  expect(file).toContain(String.raw`"x\"__proto__":{"const":"\u202e"}`);
});

describe("what is generated", () => {
  const methods: Methods = {
    "b.get": { params: object({ x: text }), result: object({ s: { anyOf: [circle, square] } }) },
    "a.get": { params: object({ x: circle }) },
    "c.get": { errors: [{ name: "Locked", code: 1002 }] },
  };
  const files = ["client", "errors", "index", "models", "schemas"];

  test.each(files)("%s.ts does not depend on the order of the methods", (file) => {
    const reversed = Object.fromEntries(Object.entries(methods).toReversed());
    expect(generated(reversed, file)).toBe(generated(methods, file));
  });

  test.each(files)("%s.ts only gets lines more when a method is added", (file) => {
    const { "a.get": _added, ...fewer } = methods;
    const after = generated(methods, file).split("\n");
    // The names that client.ts imports stand on one line when they fit there.
    const before = generated(fewer, file).split("\n");
    const lost = before.filter((line) => !line.startsWith("import") && !after.includes(line));
    expect(lost).toEqual([]);
  });
});
