// Values go from the wire into the generated models of each language and back: vectors.json.
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import canonicalize from "canonicalize";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBroker, type Broker } from "centrifugo-rpc/broker";
import { centrifugoConfig, createGateway, createToken } from "centrifugo-rpc/gateway";
import { runtimes } from "../../src/cli/project/package-files.js";
import {
  buildModel,
  generateGo,
  generatePython,
  generateTypescript,
} from "../../src/codegen/index.js";
import { Project } from "../codegen/project.js";
import { findGo, findPython } from "../../testing/toolchains.js";
import { roundTripContract } from "./types.js";

interface Vector {
  type: string;
  /** What the server sends. */
  wire: unknown;
  /** What comes back; the same when it is left out. */
  canonical?: unknown;
  /** Where the result does not match, sorted: the clients refuse it with 502. */
  issues?: (string | number)[][] | "any";
}

interface Outcome {
  ok?: boolean;
  code?: number;
  message?: string;
  details?: { issues?: { path: (string | number)[] }[] };
}

const here = import.meta.dirname;
const root = join(here, "..", "..");
const read = (file: string) => readFileSync(join(here, file), "utf8");
const vectors = JSON.parse(read("vectors.json")) as Vector[];
const secrets = { tokenHmacSecret: "hmac", apiKey: "key", proxySecret: "secret" };

const input = { model: buildModel(roundTripContract), generatorVersion: "0.0.0" };
const python = findPython();
const go = findGo();

/** The command of a language's program. */
type Program = [command: string, args: string[]];

/** Writes the program of a language; `undefined` without the language. */
const languages: Record<string, ((project: Project) => Program) | undefined> = {
  TypeScript(project) {
    symlinkSync(join(root, "node_modules"), join(project.folder, "node_modules"));
    project.write("", generateTypescript({ ...input, runtime: runtimes.typescript() }));
    project.write("src", [["runner.ts", read("runners/typescript.ts.txt")]]);
    return [process.execPath, ["--import=tsx", "src/runner.ts"]];
  },
  Python: python ? (project) => pythonProgram(project, python) : undefined,
  Go: go ? (project) => goProgram(project, go) : undefined,
};

function pythonProgram(project: Project, command: string): Program {
  project.write("", generatePython({ ...input, runtime: runtimes.python() }));
  project.write("", [["runner.py", read("runners/python.py")]]);
  return [command, ["runner.py"]];
}

function goProgram(project: Project, command: string): Program {
  project.write("", generateGo({ ...input, runtime: runtimes.go() }));
  project.write("runner", [["main.go", read("runners/go.go.txt")]]);
  return [command, ["run", "./runner"]];
}

describe.each(Object.entries(languages))("%s", (_language, start) => {
  describe.skipIf(!start)("generated models", () => {
    const project = new Project();
    const received: unknown[] = [];
    let outcomes: Outcome[] = [];
    let broker: Broker;

    beforeAll(async () => {
      broker = await startServer(received);
      const [command, args] = start!(project);
      const token = await createToken({ secret: secrets.tokenHmacSecret, userId: "42" });
      const types = vectors.map((vector) => vector.type).join(",");
      const { status, output } = await project.runWhile(command, [
        ...args,
        broker.url,
        token,
        types,
      ]);
      if (status !== 0) throw new Error(`the program failed: ${output}`);
      outcomes = output
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Outcome);
    });
    afterAll(async () => {
      await broker?.close();
      project[Symbol.dispose]();
    });

    it.each(
      vectors.map((vector, index) => ({ ...vector, index, json: JSON.stringify(vector.wire) })),
    )("$type $json", ({ index, issues, ...vector }) => {
      const outcome = outcomes[index]!;
      expect(issues === undefined ? outcome : refusal(outcome, issues)).toEqual(
        issues === undefined ? { ok: true } : { code: 502, issues },
      );
      const expected = "canonical" in vector ? vector.canonical : vector.wire;
      expect(canonicalize(received[index])).toBe(
        issues === undefined ? canonicalize(expected) : undefined,
      );
    });
  });
});

/** What a refusal says, in the form of a vector. */
function refusal({ code, details }: Outcome, issues: Vector["issues"]): object {
  const paths = new Set(details?.issues?.map(({ path }) => JSON.stringify(path)));
  const found = [...paths].toSorted().map((path) => JSON.parse(path) as unknown);
  return { code, issues: issues === "any" && found.length > 0 ? "any" : found };
}

/** A server that gives the vectors one after the other, and keeps what is put back for each. */
async function startServer(received: unknown[]): Promise<Broker> {
  let next = 0;
  const gateway = createGateway({
    router: {
      has: () => true,
      isIdempotent: () => false,
      async call({ method }, params) {
        if (method.startsWith("get.")) return vectors[next++]!.wire;
        received[next - 1] = params ?? null;
        return null;
      },
    },
    publisher: { publish: (channel, data) => broker.publish(channel, data) },
  });
  const config = centrifugoConfig({ ...secrets, gatewayUrl: "http://127.0.0.1" });
  const broker = await startBroker({ config, backend: gateway, port: 0 });
  return broker;
}
