import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { describe, expect, test } from "vitest";
import {
  buildModel,
  generateGo,
  generatePython,
  generateTypescript,
  type GeneratedFiles,
} from "../../src/codegen/index.js";
import type { Contract } from "../../src/protocol/index.js";
import { topics } from "../../testing/topics/topics.js";

const GOLDEN = join(import.meta.dirname, "..", "golden");
const update = process.env["UPDATE_GOLDEN"] === "1";

/** All that is generated from a contract, without the base clients: they are copied as they are. */
function goldenFiles(contract: Contract): Map<string, string> {
  const input = {
    model: buildModel(contract),
    runtime: new Map<string, string>(),
    generatorVersion: "0.0.0",
  };
  const folders: Record<string, GeneratedFiles> = {
    typescript: generateTypescript(input),
    python: generatePython(input),
    go: generateGo(input),
  };
  const contractText = `${JSON.stringify(contract, null, 2)}\n`;
  return new Map([
    ["contract.json", contractText],
    ...Object.entries(folders).flatMap(([folder, files]) =>
      [...files].map(([path, text]): [string, string] => [`${folder}/${path}`, text]),
    ),
  ]);
}

function readFolder(folder: string): Map<string, string> {
  if (!existsSync(folder)) return new Map();
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    files.map((file) => [relative(folder, file).split(sep).join("/"), readFileSync(file, "utf8")]),
  );
}

function writeFolder(folder: string, files: ReadonlyMap<string, string>): void {
  rmSync(folder, { recursive: true, force: true });
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

// UPDATE_GOLDEN=1 writes the folders anew; look at the difference before you commit it.
describe("the golden folders", () => {
  test.each(Object.keys(topics))("%s", (topic) => {
    const folder = join(GOLDEN, topic);
    const files = goldenFiles(topics[topic]!());
    if (update) writeFolder(folder, files);
    const golden = readFolder(folder);
    expect(Object.fromEntries(files)).toEqual(Object.fromEntries(golden));
  });

  test("there is none without a topic", () => {
    expect(readdirSync(GOLDEN).toSorted()).toEqual(Object.keys(topics).toSorted());
  });
});
