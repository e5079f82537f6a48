import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Contract, ContractMethod, JsonSchema } from "../../../protocol/index.js";
import { buildModel } from "../../read/build-model.js";
import { flatText } from "../../print/source-file.js";
import { goApi, type GoApi } from "../go-api.js";
import { goType } from "../types.js";

const rpc = join(import.meta.dirname, "..", "..", "..", "..", "clients", "go", "rpc");

function object(properties: Record<string, JsonSchema>, rest: object = {}): JsonSchema {
  return { type: "object", properties, required: Object.keys(properties), ...rest };
}

function named(...methods: ContractMethod[]): GoApi {
  return goApi(buildModel({ contract: 1, methods } satisfies Contract));
}

/** The names of a params object's fields. */
function fieldNames(...properties: string[]): string[] {
  const schema = object(Object.fromEntries(properties.map((name) => [name, { type: "string" }])));
  const go = named({ name: "a.b", params: schema });
  const model = go.models.get("ABParams");
  return model?.kind === "object" ? properties.map((p) => go.names.fields(model).get(p)!) : [];
}

/** The names of an enum's constants. */
function constantNames(...values: (string | number)[]): string[] {
  const go = named({ name: "a.b", params: object({ x: { enum: values, id: "E" } }) });
  const model = go.models.get("E");
  return model?.kind === "enum" ? values.map((value) => go.names.constant(model, value)) : [];
}

/** The Go type of a params object's field `x`. */
function typeOf(schema: JsonSchema, ...others: ContractMethod[]): string {
  const go = named({ name: "a.b", params: object({ x: schema }) }, ...others);
  const model = go.models.get("ABParams");
  return model?.kind === "object" ? flatText(goType(model.fields[0]!.type, go)) : "";
}

test("what the base client has is no name for a method of the API", () => {
  const sources = readdirSync(rpc).filter((file) => /^(?!.*_test).*\.go$/.test(file));
  const text = sources.map((file) => readFileSync(join(rpc, file), "utf8")).join("\n");
  const members = [...text.matchAll(/^func \(c \*Client\) ([A-Z]\w*)/gm)].map(([, name]) => name!);
  expect(members).toContain("Call");
  const go = named(...members.map((name) => ({ name })));
  expect([...go.names.methods.values()]).toEqual(members.toSorted().map((name) => `${name}_`));
});

test("methods that go vet knows have another signature there", () => {
  const go = named({ name: "gob_decode" }, { name: "read.byte" }, { name: "string" });
  expect([...go.names.methods.values()]).toEqual(["GobDecode_", "ReadByte_", "String"]);
});

describe("fields", () => {
  test("that would have one name get a suffix from their own, but for the one that is it", () => {
    const [camel, snake, dash] = fieldNames("userId", "user_id", "user-id");
    expect(new Set([camel, snake, dash]).size).toBe(3);
    expect([camel, snake, dash]).toEqual(
      Array(3).fill(expect.stringMatching(/^UserId_[\da-f]{4}$/)),
    );
    expect(fieldNames("userId", "user_id")).toEqual([camel, snake]);
    expect(fieldNames("a", "A")).toEqual([expect.stringMatching(/^A_/), "A"]);
  });

  test("are identifiers, whatever the property is", () => {
    const names = fieldNames("", "-", "1st", "🏓", "任务", "aİb", '"', "MarshalJ_S_O_N");
    for (const name of names) expect(name).toMatch(/^\p{Lu}[\p{L}\p{Nd}_]*$/u);
    expect(names.at(-1)).toBe("MarshalJSON_");
  });
});

describe("constants", () => {
  test("have the name of their enum, and a suffix where their words are the same", () => {
    expect(constantNames("low", "very high", "")).toEqual(["ELow", "EVeryHigh", "EEmpty"]);
    const [lower, upper] = constantNames("foo", "FOO");
    expect([lower, upper]).toEqual(Array(2).fill(expect.stringMatching(/^EFoo_[\da-f]{4}$/)));
    expect(lower).not.toBe(upper);
  });

  test("of numbers say the sign and the point", () => {
    expect(constantNames(1, -1, 0.5, 1e21, -1e-7)).toEqual([
      "E1",
      "EMinus1",
      "E0Point5",
      "E1e21",
      "EMinus1eMinus7",
    ]);
  });

  test("give way to types", () => {
    const go = named({
      name: "a.b",
      params: object({ x: { enum: ["foo"], id: "E" }, y: object({}, { id: "EFoo" }) }),
    });
    const model = go.models.get("E");
    expect(model?.kind === "enum" && go.names.constant(model, "foo")).toMatch(/^EFoo_/);
    expect(go.names.type("EFoo")).toBe("EFoo");
  });
});

test("a constructor gives way to a type", () => {
  const thing = object({}, { id: "Thing", properties: { x: { type: "integer", default: 1 } } });
  const go = named({
    name: "a.b",
    params: object({ x: thing, y: object({}, { id: "NewThing" }) }),
  });
  const model = go.models.get("Thing");
  expect(model?.kind === "object" && go.names.constructorOf(model)).toMatch(/^NewThing_/);
});

test("types that the package has already get an underscore", () => {
  const go = named({ name: "a.b", params: object({ x: object({}, { id: "Optional" }) }) });
  expect(go.names.type("Optional")).toBe("Optional_");
});

describe("tuples", () => {
  const pair: JsonSchema = {
    type: "array",
    prefixItems: [{ type: "string" }],
    items: false,
    minItems: 1,
  };

  test("have names from their places, or those of their authors", () => {
    expect(typeOf(pair)).toBe("ABParamsX");
    expect(typeOf({ type: "array", items: pair })).toBe("[]ABParamsXItem");
    expect(typeOf({ anyOf: [pair, { type: "null" }] })).toBe("*ABParamsX");
    expect(typeOf({ ...(pair as object), id: "Pair" })).toBe("Pair");
  });

  test("give way to models, and not to other methods", () => {
    const other = { name: "z", params: object({ y: object({}, { id: "ABParamsX" }) }) };
    expect(typeOf(pair, other)).toMatch(/^ABParamsX_[\da-f]{4}$/);
    expect(typeOf(pair, { name: "z", params: pair })).toBe("ABParamsX");
  });
});
