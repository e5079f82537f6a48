// Random contracts with names and texts that attack a generator: they become clients that compile,
// or are refused with the place and what to do. Always the same ones, so that a run says something of
// the change at hand; `SEED=… npx vitest run conformance/codegen/random-contracts.test.ts` tries others.
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { runtimes } from "../../src/cli/project/package-files.js";
import {
  buildModel,
  ContractError,
  generateGo,
  generatePython,
  generateTypescript,
} from "../../src/codegen/index.js";
import type { Contract, ContractMethod } from "../../src/protocol/index.js";
import { findGo, findPython } from "../../testing/toolchains.js";
import { Project } from "./project.js";
import { contracts, sorted } from "./testing/arbitrary-contract.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const seed = Number(process.env["SEED"] ?? 3);
const BATCH = 20;
const root = join(import.meta.dirname, "..", "..");
const generators = { typescript: generateTypescript, python: generatePython, go: generateGo };
const noRuntime = new Map<string, string>();

/** The files of all languages, or what is wrong with the contract. */
function generated(contract: Contract): Record<string, string> | string[] {
  try {
    const input = { model: buildModel(contract), runtime: noRuntime, generatorVersion: "0.0.0" };
    const files = Object.entries(generators).flatMap(([language, generate]) =>
      [...generate(input)].map(([path, text]) => [`${language}/${path}`, text] as const),
    );
    return Object.fromEntries(files);
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    const isWhole = error.problems.every(({ problem, fix }) => problem !== "" && fix !== "");
    if (!isWhole) throw error;
    return error.problems.map((problem) => JSON.stringify(problem)).toSorted();
  }
}

/** The code without its imports and without what names the whole contract. */
function codeOf(files: Record<string, string>): string[] {
  const code = Object.entries(files).filter(([path]) => /(client|models|errors)\.\w+$/.test(path));
  return code.flatMap(([path, text]) =>
    text
      .replaceAll(/^import [^;]*?from ".*";$|^(?:from .* )?import (?:\([^)]*\)|.*)$/gm, "")
      .split("\n")
      // A module without models says so.
      .filter((line) => !line.includes("sha256-") && line !== "export {};")
      .map((line) => `${path}: ${line}`),
  );
}

/** The lines of `before` that are missing in `after`, where each may stand for one. */
function missing(before: readonly string[], after: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of after) counts.set(line, (counts.get(line) ?? 0) + 1);
  return before.filter((line) => {
    const left = counts.get(line) ?? 0;
    counts.set(line, left - 1);
    return left === 0;
  });
}

function declaresErrors(methods: readonly ContractMethod[]): boolean {
  return methods.some(({ errors }) => errors !== undefined);
}

test("each becomes the same clients in any order, or a list of problems", () => {
  const property = fc.property(contracts(0), (contract) => {
    const files = generated(contract);
    expect(generated({ ...contract, methods: contract.methods.toReversed() })).toEqual(files);
  });
  fc.assert(property, { seed, numRuns: 15 });
});

test("another method changes nothing of the code of those that are there", () => {
  let compared = 0;
  const property = fc.property(contracts(0), contracts(1), (contract, { methods }) => {
    // With the first declared error, the function that makes all calls learns of them.
    if (declaresErrors(methods) && !declaresErrors(contract.methods)) return;
    const before = generated(contract);
    const after = generated({ ...contract, methods: sorted([...contract.methods, ...methods]) });
    if (Array.isArray(before) || Array.isArray(after)) return;
    compared++;
    expect(missing(codeOf(before), codeOf(after))).toEqual([]);
  });
  fc.assert(property, { seed, numRuns: 10 });
  expect(compared).toBeGreaterThan(0);
});

describe(`a batch of seed ${seed}`, () => {
  const contract: Contract = { contract: 1, methods: [] };
  const project = new Project();
  afterAll(() => project[Symbol.dispose]());

  beforeAll(() => {
    const samples = Array.from({ length: BATCH }, (_, index) =>
      fc.sample(contracts(index), { seed: seed + index, numRuns: 1 }),
    ).flat();
    const usable = samples.filter((sample) => !Array.isArray(generated(sample)));
    if (usable.length < BATCH / 2) throw new Error(`only ${usable.length} can be used`);
    contract.methods = sorted(usable.flatMap(({ methods }) => methods));
  });

  const input = (language: keyof typeof runtimes) => ({
    model: buildModel(contract),
    runtime: runtimes[language](),
    generatorVersion: "0.0.0",
  });

  test("compiles in TypeScript", () => {
    symlinkSync(join(root, "node_modules"), join(project.folder, "node_modules"));
    project.write("typescript", generateTypescript(input("typescript")));
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    expect(project.complaints(process.execPath, [tsc, "-p", "typescript", "--noEmit"])).toBe("");
  });

  test.skipIf(findPython() === undefined)("is imported and passes mypy --strict", () => {
    const python = findPython() ?? "";
    project.write(
      "",
      [...generatePython(input("python"))].filter(([path]) => /\//.test(path)),
    );
    const build = readFileSync(join(import.meta.dirname, "checks", "build_models.py"), "utf8");
    project.write("", [["build_models.py", build]]);
    const command = ["-W", "error", "build_models.py", "api_client"];
    expect(project.complaints(python, command)).toBe("");
    const options = ["--strict", "--python-version=3.10", "--follow-imports=silent"];
    expect(project.complaints(python, ["-m", "mypy", ...options, "api_client"])).toBe("");
  });

  test.skipIf(findGo() === undefined)("passes go vet and gofmt", () => {
    project.write("go", generateGo(input("go")));
    expect(project.complaints("go", ["-C", "go", "vet", "."])).toBe("");
    expect(project.run("gofmt", ["-l", "go"])).toEqual({ status: 0, output: "" });
  });
});
