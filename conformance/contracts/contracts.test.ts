import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import {
  buildModel,
  generateGo,
  generatePython,
  generateTypescript,
  type GeneratedFiles,
} from "../../src/codegen/index.js";
import { contractHash, readContract } from "../../src/contract/index.js";
import { buildContract, type Registry } from "../../src/index.js";
import type { Contract } from "../../src/protocol/index.js";
import { findPython } from "../../testing/toolchains.js";

const FOLDER = import.meta.dirname;
const topics = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .toSorted();
const python = findPython();
const update = process.env["UPDATE_GOLDEN"] === "1";

function contractText(contract: Contract): string {
  return `${JSON.stringify(contract, null, 2)}\n`;
}

async function contractOfZod(topic: string): Promise<string> {
  const module = (await import(join(FOLDER, topic, "schemas.ts"))) as { registry: Registry };
  return contractText(buildContract(module.registry));
}

/** All at once: starting Python takes longer than the rest. */
function contractsOfPydantic(): Map<string, Contract> {
  const script = join(FOLDER, "print_contracts.py");
  const folders = topics.map((topic) => join(FOLDER, topic));
  const printed = execFileSync(python!, ["-W", "error", script, ...folders], { encoding: "utf8" });
  const texts = JSON.parse(printed) as string[];
  return new Map(texts.map((text, index) => [topics[index]!, readContract(JSON.parse(text))]));
}

function clientsOf(contract: Contract): [path: string, text: string][] {
  const input = {
    model: buildModel(contract),
    runtime: new Map<string, string>(),
    generatorVersion: "0.0.0",
  };
  const clients: GeneratedFiles[] = [generateTypescript, generatePython, generateGo].map(
    (generate) => generate(input),
  );
  return clients.flatMap((files) => [...files]);
}

// UPDATE_GOLDEN=1 writes contract.json anew from the Zod schemas.
describe.each(topics)("the contract of %s", (topic) => {
  const file = join(FOLDER, topic, "contract.json");

  it("is what the Zod schemas give", async () => {
    const text = await contractOfZod(topic);
    if (update) writeFileSync(file, text);
    expect(text).toBe(readFileSync(file, "utf8"));
  });
});

describe.skipIf(!python)("from Pydantic models", () => {
  let contracts: ReadonlyMap<string, Contract>;
  beforeAll(() => {
    contracts = contractsOfPydantic();
  });

  it.each(topics)("the contract of %s is the same once it is read", (topic) => {
    const ofZod = readFileSync(join(FOLDER, topic, "contract.json"), "utf8");
    expect(contractText(contracts.get(topic)!)).toBe(ofZod);
  });

  it.each(topics)("the contract of %s has the same hash", async (topic) => {
    const ofZod = JSON.parse(await contractOfZod(topic)) as Contract;
    expect(contractHash(contracts.get(topic)!)).toBe(contractHash(ofZod));
  });

  it.each(topics)("the clients of %s are the same, byte for byte", async (topic) => {
    const ofZod = JSON.parse(await contractOfZod(topic)) as Contract;
    expect(clientsOf(contracts.get(topic)!)).toEqual(clientsOf(ofZod));
  });
});
