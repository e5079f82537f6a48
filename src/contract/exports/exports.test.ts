import openRpc from "@open-rpc/meta-schema";
import { Ajv, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import draft7 from "ajv/dist/refs/json-schema-draft-07.json" with { type: "json" };
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { contractOf } from "../../../testing/contract-of.js";
import { topics } from "../../../testing/topics/topics.js";
import type { Contract, JsonSchema } from "../../protocol/index.js";
import { toJsonSchema } from "./json-schema-document.js";
import { toOpenRpc } from "./openrpc.js";

const Task = z.object({
  id: z.int(),
  get parent() {
    return Task.optional();
  },
});
const Named = Task.meta({ id: "Task" });
const contract = contractOf({
  "tasks.get": {
    description: "Gets one.",
    deprecated: "use tasks.find",
    idempotent: true,
    params: z.object({
      id: z.int().describe("Its number."),
      depth: z.int().default(1),
      old: z.string().optional().meta({ deprecated: true }),
    }),
    result: Named,
    errors: [
      { name: "Gone", code: 1002 },
      {
        name: "NotFound",
        code: 1001,
        description: "No such task.",
        details: z.object({ task: Named }),
      },
    ],
    examples: [
      { description: "the first", params: { id: 1 }, result: { id: 1 } },
      { result: { id: 2 } },
    ],
  },
  "tasks.sum": {
    params: z.tuple([z.int(), Named]),
    result: z.int(),
    examples: [{ params: [1, { id: 1 }] }],
  },
  "tasks.tree": { params: z.object({ root: Task }) },
  ping: {},
});

describe("a contract as OpenRPC", () => {
  const document = toOpenRpc(contract, { title: "tasks", version: "1" });
  const [get, sum, , ping] = document.methods;

  it("has params by name, the result, errors, and the rest in fields of its own", () => {
    expect(get).toMatchObject({
      name: "tasks.get",
      description: "Gets one.",
      deprecated: true,
      "x-deprecated": "use tasks.find",
      "x-idempotent": true,
      paramStructure: "by-name",
      params: [
        { name: "id", required: true, description: "Its number.", schema: { type: "integer" } },
        { name: "depth", schema: { default: 1 } },
        { name: "old", deprecated: true },
      ],
      result: { name: "result", schema: { $ref: "#/components/schemas/Task" } },
      errors: [
        { code: 1002, message: "Gone" },
        { code: 1001, message: "No such task." },
      ],
      "x-errors": {
        1001: { name: "NotFound", details: { properties: {} } },
        1002: { name: "Gone" },
      },
    });
    expect(get?.params[1]).not.toHaveProperty("required");
    expect(ping).toEqual({
      name: "ping",
      paramStructure: "by-name",
      params: [],
      result: { name: "result", schema: { type: "null" } },
    });
  });

  it("has examples", () => {
    expect(get?.examples).toEqual([
      {
        name: "the first",
        params: [{ name: "id", value: 1 }],
        result: { name: "result", value: { id: 1 } },
      },
      { name: "example 2", params: [], result: { name: "result", value: { id: 2 } } },
    ]);
    expect(sum?.examples?.[0]?.params).toEqual([{ name: "params", value: [1, { id: 1 }] }]);
  });

  it("has params that are no object as one value", () => {
    expect(sum).toMatchObject({
      paramStructure: "by-position",
      "x-params-value": true,
      params: [
        {
          name: "params",
          required: true,
          schema: { items: [{}, { $ref: "#/components/schemas/Task2" }] },
        },
      ],
    });
  });

  it("has every definition once, and each reference leads to one", () => {
    expect(Object.keys(document.components.schemas)).toEqual([
      "Task",
      "Task2",
      "__schema0",
      "__schema02",
    ]);
    const text = JSON.stringify(document);
    for (const [, name = ""] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
      expect(document.components.schemas).toHaveProperty([name]);
    }
    expect(text).not.toMatch(/\$defs|"#"/);
  });
});

describe("a contract as JSON Schema", () => {
  const { $defs } = toJsonSchema(contract) as { $defs: Record<string, object> };

  it("has params and results with the documents of the method, errors, and the models", () => {
    expect(Object.keys($defs)).toEqual([
      "Gone.error",
      "NotFound.error",
      "Task",
      "Task2",
      "__schema0",
      "__schema02",
      "tasks.get.params",
      "tasks.get.result",
      "tasks.sum.params",
      "tasks.sum.result",
      "tasks.tree.params",
    ]);
    expect($defs["tasks.get.params"]).toMatchObject({
      description: "Gets one.",
      deprecated: true,
      examples: [{ id: 1 }],
      required: ["id"],
    });
    expect($defs["NotFound.error"]).toMatchObject({
      title: "NotFound",
      description: "No such task.",
      properties: { code: { const: 1001 }, details: { type: "object" } },
      required: ["code", "message", "details"],
    });
  });

  it("keeps a model apart whose name is that of a method's schema, and what contains itself", () => {
    const model: JsonSchema = { type: "string" };
    const own: Contract = {
      contract: 1,
      methods: [
        {
          name: "a",
          params: {
            properties: { x: { $ref: "#/$defs/b.params" }, self: { $ref: "#" } },
            $defs: { "b.params": model },
          },
        },
        { name: "b", params: { type: "null" } },
      ],
    };
    expect(toJsonSchema(own)).toMatchObject({
      $defs: {
        "a.params": {
          properties: { x: { $ref: "#/$defs/b.params2" }, self: { $ref: "#/$defs/a.params" } },
        },
        "b.params": { type: "null" },
        "b.params2": model,
      },
    });
  });
});

const all: [string, Contract][] = [
  ["this one", contract],
  ...Object.entries(topics).map(([name, topic]): [string, Contract] => [name, topic()]),
];

describe.each(all)("the export of a contract: %s", (_name, contract) => {
  it("is valid OpenRPC", () => {
    const validate = openRpcValidator();
    validate(toOpenRpc(contract, { title: "api", version: "1" }));
    expect(validate.errors ?? []).toEqual([]);
  });

  it("is valid JSON Schema, and each part of it can be used", () => {
    const schema = toJsonSchema(contract) as { $defs: Record<string, JsonSchema> };
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    void ajv.validateSchema(schema);
    expect(ajv.errors ?? []).toEqual([]);
    ajv.addSchema(schema, "api");
    for (const name of Object.keys(schema.$defs)) {
      const pointer = encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"));
      expect(ajv.getSchema(`api#/$defs/${pointer}`)).toBeTypeOf("function");
    }
  });
});

/** The check of the official meta-schema. The schemas in OpenRPC 1.3 are those of draft 7. */
function openRpcValidator(): ValidateFunction {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  // https://meta.json-schema.tools is draft 7 with names for its parts, and not on this machine.
  const JSONSchemaObject = { properties: { $ref: draft7.properties.$ref } };
  const definitions = { ...draft7.definitions, JSONSchemaObject };
  const { $id: _id, ...schema } = { ...draft7, definitions };
  ajv.addMetaSchema(schema, "https://meta.json-schema.tools/");
  ajv.addSchema(schema, "https://meta.json-schema.tools");
  return ajv.compile(openRpc);
}
