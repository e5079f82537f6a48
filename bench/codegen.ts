// Measures the generators with a large contract: how long they and the languages' tools take.
//
//   node --conditions=centrifugo-rpc-source --import=tsx bench/codegen.ts
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { Project } from "../conformance/codegen/project.js";
import { findGo, findPython } from "../testing/toolchains.js";
import { runtimes } from "../src/cli/project/package-files.js";
import {
  buildModel,
  generateGo,
  generatePython,
  generateTypescript,
} from "../src/codegen/index.js";
import type { Contract, JsonSchema } from "../src/protocol/index.js";

const METHODS = 2000;
const root = join(import.meta.dirname, "..");
const contract = largeContract();
const input = { generatorVersion: "0.0.0", runtime: new Map<string, string>() };
const tsc = join(root, "node_modules/typescript/bin/tsc");
const python = findPython() ?? "";
const go = findGo() ?? "";

const languages = {
  TypeScript: {
    generate: generateTypescript,
    runtime: runtimes.typescript(),
    tools: { "tsc --noEmit": [process.execPath, tsc, "--noEmit"] },
  },
  Python: {
    generate: generatePython,
    runtime: runtimes.python(),
    tools: {
      import: [python, "-c", "import api_client"],
      "mypy --strict": [python, "-m", "mypy", "--strict", "api_client"],
    },
  },
  Go: { generate: generateGo, runtime: runtimes.go(), tools: { "go build": [go, "build", "."] } },
};

console.log(`${METHODS} methods, ${2 * METHODS} models\n`);
console.log("| language | generated in | size | tools |\n| --- | --- | --- | --- |");
for (const [name, { generate, runtime, tools }] of Object.entries(languages)) {
  const [files, seconds] = timed(() => generate({ ...input, model: buildModel(contract) }));
  const bytes = [...files.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  using project = new Project();
  project.write("", generate({ ...input, model: buildModel(contract), runtime }));
  symlinkSync(join(root, "node_modules"), join(project.folder, "node_modules"));
  const taken = Object.entries(tools).map(([tool, [command = "", ...args]]) => {
    const [complaints, time] = timed(() => project.complaints(command, args));
    if (complaints !== "") throw new Error(complaints);
    return `${tool} ${time.toFixed(1)} s`;
  });
  const size = `${(bytes / 1e6).toFixed(1)} MB`;
  console.log(`| ${name} | ${seconds.toFixed(1)} s | ${size} | ${taken.join(", ")} |`);
}

function timed<T>(run: () => T): [result: T, seconds: number] {
  const start = performance.now();
  return [run(), (performance.now() - start) / 1000];
}

/** Methods with a model for their params and one for their result, of common shapes. */
function largeContract(): Contract {
  const methods = Array.from({ length: METHODS }, (_, index) => ({
    name: `service_${index % 50}.method_${String(index).padStart(4, "0")}`,
    description: "Does what one method of many does.",
    params: model(`Params${index}`),
    result: model(`Result${index}`),
  }));
  return { contract: 1, methods: methods.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
}

function model(id: string): JsonSchema {
  const properties = {
    id: { type: "string", format: "uuid" },
    title: { type: "string", description: "What people read." },
    count: { type: "integer" },
    created_at: { type: "string", format: "date-time" },
    state: { enum: ["open", "closed"] },
    tags: { type: "array", items: { type: "string" } },
    note: { type: ["string", "null"] },
  };
  return { id, type: "object", properties, required: ["id", "title", "count", "tags"] };
}
