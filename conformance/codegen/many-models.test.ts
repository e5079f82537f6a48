// Contracts with hundreds of models that refer to each other. The time and the stack that a value
// takes depend on the value, not on how many models there are.
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { runtimes } from "../../src/cli/project/package-files.js";
import {
  buildModel,
  generateGo,
  generatePython,
  generateTypescript,
} from "../../src/codegen/index.js";
import type { Contract, JsonSchema } from "../../src/protocol/index.js";
import { findGo, findPython } from "../../testing/toolchains.js";
import { Project } from "./project.js";

vi.setConfig({ testTimeout: 120_000 });

const COUNT = 700;
const to = (index: number): JsonSchema => ({ $ref: `#/$defs/M${index % COUNT}` });

/** Each model refers to twelve others, near and far; all of them reach each other. */
function manyModels(): Contract {
  const models = Array.from({ length: COUNT }, (_, index): [string, JsonSchema] => {
    const steps = Array.from({ length: 12 }, (_, step) => to(index + 1 + step ** 3));
    const fields = steps.map((target, step): [string, JsonSchema] => [
      `f${step}`,
      [target, { anyOf: [target, { type: "null" }] }, { type: "array", items: target }][step % 3]!,
    ]);
    const properties = { id: { type: "string" }, ...Object.fromEntries(fields) };
    return [`M${index}`, { type: "object", properties, required: ["id"] }];
  });
  const schema = { ...(to(0) as object), $defs: Object.fromEntries(models) };
  return { contract: 1, methods: [{ name: "graph.turn", params: schema, result: schema }] };
}

/** A value of the first model: `f0` leads to the next model. */
const VALUE = Array.from({ length: 150 }).reduce<object>(
  (value, _, index) => ({ id: `${index}`, f0: value, f1: null, f2: [{ id: "a" }] }),
  { id: "last" },
);

describe(`a contract of ${COUNT} models that refer to each other`, () => {
  const project = new Project();
  afterAll(() => project[Symbol.dispose]());
  const model = buildModel(manyModels());
  const input = (language: keyof typeof runtimes) => ({
    model,
    runtime: runtimes[language](),
    generatorVersion: "0.0.0",
  });
  project.write("", [["value.json", JSON.stringify(VALUE)]]);

  it("decodes and encodes in TypeScript", () => {
    symlinkSync(
      join(import.meta.dirname, "../../node_modules"),
      join(project.folder, "node_modules"),
    );
    project.write("", generateTypescript(input("typescript")));
    const program = `
import { readFileSync } from "node:fs";
import { deepStrictEqual } from "node:assert";
import { Codec } from "./rpc/client/codec/index.js";
import { schemas } from "./schemas.js";
const value = JSON.parse(readFileSync("value.json", "utf8"));
const codec = new Codec(schemas.models);
deepStrictEqual(codec.encode("M0", codec.decode("M0", value)), value);
`;
    project.write("src", [["main.ts", program]]);
    expect(project.complaints(process.execPath, ["--import=tsx", "src/main.ts"])).toBe("");
  });

  it.skipIf(findPython() === undefined)("decodes and encodes in Python", () => {
    project.write("", generatePython(input("python")));
    const program = `
import json
from api_client.models import M0
from api_client.rpc.typed_calls import decode, encode
with open("value.json") as file:
    value = json.load(file)
def use():
    M1 = M2 = None  # what the caller calls so means nothing to the models
    return encode(decode(M0, value))
assert use() == value
`;
    project.write("", [["main.py", program]]);
    expect(project.complaints(findPython()!, ["-W", "error", "main.py"])).toBe("");
  });

  it.skipIf(findGo() === undefined)("decodes and encodes in Go", () => {
    project.write("", generateGo(input("go")));
    const program = `package main

import (
	"encoding/json"
	"os"
	"reflect"

	"apiclient"
)

func main() {
	text, _ := os.ReadFile("value.json")
	var value apiclient.M0
	if err := json.Unmarshal(text, &value); err != nil {
		panic(err)
	}
	sent, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	var before, after any
	json.Unmarshal(text, &before)
	json.Unmarshal(sent, &after)
	if !reflect.DeepEqual(before, after) {
		panic(string(sent))
	}
}
`;
    project.write("main", [["main.go", program]]);
    expect(project.complaints("go", ["run", "./main"])).toBe("");
  });
});
