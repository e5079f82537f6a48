import { describe, expect, it, test } from "vitest";
import type { ContractMethod, JsonSchema } from "../../protocol/index.js";
import { buildModel } from "../read/build-model.js";
import { generatePython } from "./index.js";

type Methods = Record<string, Omit<ContractMethod, "name">>;

/** A file of the project, or of its package. */
function generated(methods: Methods, file: string): string {
  const contract = {
    contract: 1 as const,
    methods: Object.entries(methods).map(([name, method]) => ({ name, ...method })),
  };
  const files = generatePython({
    model: buildModel(contract),
    runtime: new Map(),
    generatorVersion: "0.0.0",
  });
  return files.get(`api_client/${file}`) ?? files.get(file) ?? "";
}

function object(properties: Record<string, JsonSchema>, rest: object = {}): JsonSchema {
  return { type: "object", properties, required: Object.keys(properties), ...rest };
}

/** The lines that start with a text, up to the next statement, as one. */
function statement(text: string, start: string): string | undefined {
  const lines = text.split("\n").map((line) => line.trim());
  const from = lines.findIndex((line) => line.startsWith(start));
  return from === -1 ? undefined : lines[from];
}

const circle = object({ kind: { const: "circle" }, r: { type: "number" } }, { id: "Circle" });
const square = object({ kind: { const: "square" }, a: { type: "number" } }, { id: "Square" });
const text = { type: "string" };
const int64 = { type: "string", format: "int64" };

const results: [name: string, schema: JsonSchema, annotation: string][] = [
  ["text", text, "Str"],
  ["number", { type: "number" }, "Float"],
  ["integer", { type: "integer" }, "Int"],
  ["boolean", { type: "boolean" }, "Bool"],
  ["null", { type: "null" }, "None"],
  ["anything", {}, "Any"],
  ["int64", int64, "Int64"],
  ["base64", { type: "string", contentEncoding: "base64" }, "Base64"],
  ["base64url", { type: "string", contentEncoding: "base64url" }, "Base64Url"],
  ["date-time", { type: "string", format: "date-time" }, "DateTime"],
  ["email, which is a text", { type: "string", format: "email" }, "Str"],
  ["list", { type: "array", items: { type: ["string", "integer"] } }, "list[Str | Int]"],
  [
    "tuple",
    { type: "array", prefixItems: [text, { type: "null" }], items: false, minItems: 2 },
    "tuple[Str, None]",
  ],
  [
    "tuple with rest",
    { type: "array", prefixItems: [text], items: { type: "integer" }, minItems: 1 },
    "Annotated[tuple[Str, Unpack[tuple[Int, ...]]], VariadicTuple]",
  ],
  ["map", { type: "object", additionalProperties: { type: "integer" } }, "dict[MapKey, Int]"],
  [
    "map with keys of an open enum",
    { type: "object", propertyNames: { enum: ["a", "b"] }, additionalProperties: text },
    'dict[Literal["a", "b"] | Str, Str]',
  ],
  ["nullable", { type: ["string", "null"] }, "Str | None"],
  ["constant", { const: "a" }, 'Literal["a"]'],
  ["constant that equals another in Python", { const: 1 }, "Annotated[Literal[1], OneOf()]"],
  ["open enum", { enum: ["a", "b"] }, 'Literal["a", "b"] | Str'],
  ["open enum of integers", { enum: [1, 2] }, "Annotated[Literal[1, 2], OneOf()] | Int"],
  ["open enum of numbers", { enum: [1, 2.5] }, "Float"],
  [
    "enum of several JSON types",
    { enum: [1, "1", true, null] },
    'Annotated[Literal["1", 1, True], OneOf()] | None',
  ],
  ["union of JSON types", { anyOf: [text, { type: "boolean" }, circle] }, "Str | Bool | Circle"],
  ["int64 beside a number, a text", { anyOf: [int64, { type: "integer" }] }, "Str | Int"],
  [
    "int64 under another name beside a number",
    { anyOf: [{ ...int64, id: "Big" }, { type: "number" }] },
    "Str | Float",
  ],
  [
    "union of objects",
    { anyOf: [circle, square] },
    'Annotated[Circle | Square | UnknownVariant, TaggedBy("kind")]',
  ],
  [
    "union of objects that nothing tells apart",
    { anyOf: [object({ a: text }, { id: "A" }), object({ b: text }, { id: "B" })] },
    "Annotated[A | B, BestOf]",
  ],
];

describe("a field of a result", () => {
  test.each(results)("%s", (_name, schema, annotation) => {
    const models = generated({ get: { result: object({ field: schema }) } }, "models.py");
    expect(statement(models, "field:")).toBe(`field: ${annotation}`);
  });
});

describe("a field of params", () => {
  const fields: [name: string, schema: JsonSchema, line: string][] = [
    ["optional", text, "field: Omittable[Str] = None"],
    ["optional and nullable", { type: ["string", "null"] }, "field: Str | None = None"],
    ["with a default", { type: "integer", default: 5 }, "field: Int = 5"],
    ["with a default of a format", { ...int64, default: "5" }, "field: Int64 = 5"],
    [
      "with a default that is another value in Python",
      { type: "string", format: "date", default: "2026-01-31" },
      "field: Omittable[Date] = None",
    ],
    [
      "with a default that could be changed",
      { type: "array", items: text, default: [] },
      "field: Omittable[list[Str]] = None",
    ],
    ["closed enum", { enum: ["a", "b"] }, 'field: Omittable[Literal["a", "b"]] = None'],
    [
      "closed enum of numbers",
      { enum: [0.5, 1] },
      "field: Omittable[Annotated[float, OneOf(0.5, 1)]] = None",
    ],
    [
      "deprecated",
      { ...text, deprecated: true },
      "field: Omittable[Str] = Field(default=None, deprecated=True)",
    ],
  ];

  test.each(fields)("%s", (_name, schema, line) => {
    const params = object({ field: schema }, { required: [] });
    expect(statement(generated({ put: { params } }, "models.py"), "field:")).toBe(line);
  });

  it("has another name where pydantic or Python has taken its own", () => {
    const params = object({ from: text, model_dump: text, list: text, _private: text, a: text });
    const models = generated({ put: { params } }, "models.py");
    const alias = (name: string) =>
      `Field(validation_alias="${name}", serialization_alias="${name}")`;
    expect(statement(models, "from_:")).toBe(`from_: Str = ${alias("from")}`);
    expect(statement(models, "private:")).toBe(`private: Str = ${alias("_private")}`);
    expect(models).toContain("\n    model_dump_: Str");
    expect(models).toContain("\n    list_: Str");
    expect(models).toContain("\n    a: Str\n");
  });

  it("keeps the fields that have no name, where the schema has them", () => {
    const params = object({ a: text }, { additionalProperties: { type: "integer" } });
    const models = generated({ put: { params } }, "models.py");
    expect(models).toContain("class PutParams(OpenModel):");
    expect(models).toContain("    __pydantic_extra__: dict[MapKey, Int] = Field(init=False)\n");
  });
});

describe("a method", () => {
  it("takes no params and gives nothing", () => {
    const client = generated({ ping: {} }, "client.py");
    expect(client).toContain("async def ping(self, **options: Unpack[CallOptions]) -> None:");
    expect(client).toContain('        await self._rpc.call("ping", {}, **options)\n');
  });

  it("takes and gives what is no model by an adapter", () => {
    const list = { type: "array", items: int64 };
    const client = generated({ sum: { params: list, result: int64 } }, "client.py");
    expect(client).toContain(
      "_SUM_PARAMS: TypeAdapter[list[Int64]] = TypeAdapter(list[Int64], config=ADAPTER)",
    );
    expect(client).toContain("encode(params, _SUM_PARAMS)");
    expect(client).toContain("return decode(_SUM_RESULT, result)");
  });

  it.each([{ type: "null" }, { type: "null", id: "Nothing" }])("returns no %o", (result) => {
    const client = generated({ drop: { result } }, "client.py");
    expect(client).toContain("        decode(_DROP_RESULT, result)\n");
    expect(client).not.toContain("return decode");
  });

  it("is deprecated with its reason", () => {
    const client = generated({ old: { deprecated: 'use "new"' } }, "client.py");
    expect(client).toContain("    @deprecated('use \"new\"')\n    async def old(");
  });

  it("keeps away from names that its class needs", () => {
    const methods = ["list", "deprecated", "call", "class.delete", "import"];
    const client = generated(Object.fromEntries(methods.map((name) => [name, {}])), "client.py");
    const names = [...client.matchAll(/async def (\w+)/g)].map(([, name]) => name);
    expect(names).toEqual(["call_", "class_delete", "deprecated_", "import_", "list_"]);
  });

  it("raises the errors that it declares, and has them in the README", () => {
    const errors = [{ name: "Locked", code: 1002, details: object({ by: text }) }];
    const methods = { drop: { errors } };
    expect(generated(methods, "client.py")).toContain("with DeclaredErrors(Locked):\n");
    expect(generated(methods, "errors.py")).toContain(
      "class Locked(DeclaredError):\n    code = 1002\n    details: LockedDetails\n",
    );
    expect(generated(methods, "README.md")).toContain("except Locked as error:");
    expect(generated({ ping: {} }, "errors.py")).toBe("");
  });
});

describe("the modules", () => {
  it("import only what their code uses, not what texts name", () => {
    const params = object({ deprecated: { ...text, description: "Literal, Any and Field." } });
    const models = generated({ put: { params, description: "TypeAdapter" } }, "models.py");
    expect(models.match(/^from .*/gm)).toEqual([
      "from __future__ import annotations",
      "from .rpc.models import RPCModel",
      "from .rpc.wire_types import Str",
    ]);
  });

  it("import what comes after a text that ends with a quote", () => {
    const field = { type: "string", description: 'ends with "' };
    const uuid = { type: "string", format: "uuid" };
    const models = generated({ a: { result: object({ field, uuid, rest: text }) } }, "models.py");
    expect(statement(models, "from .rpc.wire_types")).toContain("Str, Uuid");
  });

  it("import no function for a method of its name", () => {
    const client = generated({ decode: {}, encode: {}, packaged_contract: {} }, "client.py");
    expect(client).not.toContain("typed_calls");
  });

  it("define a type that contains itself by its name", () => {
    const self = { $ref: "#/$defs/Json" };
    const json = { anyOf: [text, { type: "array", items: self }] };
    const result = object({ json: self }, { $defs: { Json: json } });
    const models = generated({ get: { result } }, "models.py");
    expect(models).toContain('Json = TypeAliasType("Json", "Str | list[Json]")');
  });

  it("rename models that have a name of theirs", () => {
    const params = object({ a: text }, { id: "Duration" });
    expect(generated({ put: { params } }, "models.py")).toContain("class Duration_(RPCModel):");
  });

  it("change in no other line when a method is added", () => {
    const one: Methods = { "b.get": { params: object({ a: text }), result: int64 } };
    const two: Methods = { ...one, "a.get": { result: { type: "integer" } } };
    for (const file of ["models.py", "errors.py"]) {
      const lines = new Set(generated(two, file).split("\n"));
      expect(generated(one, file).split("\n")).toSatisfy((before: string[]) =>
        before.every((line) => lines.has(line)),
      );
    }
  });

  it("do not depend on the order of the methods", () => {
    const one: Methods = { b: { result: circle }, a: { result: square } };
    const two: Methods = { a: { result: square }, b: { result: circle } };
    for (const file of ["models.py", "client.py", "__init__.py", "README.md"]) {
      expect(generated(one, file)).toBe(generated(two, file));
    }
  });
});
