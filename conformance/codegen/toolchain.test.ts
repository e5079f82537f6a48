import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { runtimes } from "../../src/cli/project/package-files.js";
import {
  buildModel,
  generateGo,
  generatePython,
  generateTypescript,
  type GeneratedFiles,
  type GeneratorInput,
} from "../../src/codegen/index.js";
import { findGo, findPython, findStaticcheck } from "../../testing/toolchains.js";
import { exampleOf, Project } from "./project.js";
import { stressContract } from "./stress.js";
import { topics } from "../../testing/topics/topics.js";

// What is generated is checked with the tools that its users have: compilers, type checkers,
// linters and formatters. Then a program of each language uses it.

// Compilers and type checkers take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const root = join(import.meta.dirname, "..", "..");
const contracts = { ...topics, stress: stressContract };

type Generate = (input: GeneratorInput) => GeneratedFiles;

/** The clients of all contracts, by the contract's name. */
function generateAll(generate: Generate, runtime: ReadonlyMap<string, string>) {
  return Object.entries(contracts).map(([name, contract]) => {
    const input = { model: buildModel(contract()), runtime, generatorVersion: "0.0.0" };
    return { name, files: generate(input) };
  });
}

function check(file: string): string {
  return readFileSync(join(import.meta.dirname, "checks", file), "utf8");
}

/**
 * The compiler options of common presets that reject code: create-vite's react-ts, create-next-app's,
 * `@tsconfig/strictest`, and `@tsconfig/node-ts` for Node.js that runs TypeScript. DOM and ES2022
 * are what the client needs.
 */
const PRESETS: Record<string, object> = {
  "of Vite": {
    target: "es2023",
    lib: ["ES2023", "DOM"],
    module: "esnext",
    moduleResolution: "bundler",
    types: ["vite/client"],
    allowArbitraryExtensions: true,
    allowImportingTsExtensions: true,
    verbatimModuleSyntax: true,
    moduleDetection: "force",
    jsx: "react-jsx",
    noUnusedLocals: true,
    noUnusedParameters: true,
    erasableSyntaxOnly: true,
    noFallthroughCasesInSwitch: true,
    noUncheckedSideEffectImports: true,
  },
  "of Next.js": {
    lib: ["dom", "dom.iterable", "esnext"],
    allowJs: true,
    strict: true,
    esModuleInterop: true,
    module: "esnext",
    moduleResolution: "bundler",
    resolveJsonModule: true,
    isolatedModules: true,
    jsx: "preserve",
  },
  "of the strictest options": {
    lib: ["es2022", "dom"],
    module: "nodenext",
    strict: true,
    allowUnusedLabels: false,
    allowUnreachableCode: false,
    exactOptionalPropertyTypes: true,
    noFallthroughCasesInSwitch: true,
    noImplicitOverride: true,
    noImplicitReturns: true,
    noPropertyAccessFromIndexSignature: true,
    noUncheckedIndexedAccess: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    isolatedModules: true,
    checkJs: true,
    esModuleInterop: true,
  },
  "with type stripping": {
    target: "es2022",
    lib: ["es2022", "dom"],
    module: "nodenext",
    strict: true,
    rewriteRelativeImportExtensions: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
  },
};

describe("TypeScript", () => {
  const project = new Project();
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  afterAll(() => project[Symbol.dispose]());

  beforeAll(() => {
    symlinkSync(join(root, "node_modules"), join(project.folder, "node_modules"));
    for (const { name, files } of generateAll(generateTypescript, runtimes.typescript())) {
      project.write(name, files);
      const example = exampleOf(files.get("README.md"), "ts").replace(
        '"api-client"',
        '"./index.js"',
      );
      project.write(name, [["src/readme-example.ts", example]]);
    }
    project.write("unions/src", [["usage.ts", check("usage.ts.txt")]]);
    project.write("", [[".prettierignore", "node_modules\nrpc\nusage.ts\ndist\nprojects\n"]]);
  });

  test.each(Object.keys(contracts))("%s compiles", (name) => {
    expect(project.complaints(process.execPath, [tsc, "-p", name, "--noEmit"])).toBe("");
  });

  test.each(Object.entries(PRESETS))("compiles as sources of a project %s", (name, preset) => {
    const compilerOptions = { ...preset, noEmit: true, skipLibCheck: true };
    const exclude = ["readme-example", "usage"].map((file) => `../../*/src/${file}.ts`);
    const tsconfig = { compilerOptions, include: ["../../*/src"], exclude };
    project.write(`projects/${name}`, [["tsconfig.json", JSON.stringify(tsconfig)]]);
    expect(project.complaints(process.execPath, [tsc, "-p", `projects/${name}`])).toBe("");
  });

  test("is packed by npm, built", () => {
    // The folder's own scripts, with the tools of this repository.
    const { status, output } = project.run("npm", ["pack", "--json", "./tasks"]);
    expect({ status, output }).toMatchObject({ status: 0 });
    expect(output).toContain("dist/index.js");
    expect(output).toContain("dist/index.d.ts");
    expect(project.files("tasks/dist")).toContain("contract-methods.js");
  });

  test.each(["module", "commonjs"])("is used, built, in a project of type %s", (type) => {
    const folder = `projects/${type}`;
    const installed = join(project.folder, folder, "node_modules");
    mkdirSync(installed, { recursive: true });
    symlinkSync(join(project.folder, "tasks"), join(installed, "api-client"));
    const compilerOptions = { module: "nodenext", strict: true, types: [] };
    project.write(folder, [
      ["package.json", JSON.stringify({ type })],
      ["tsconfig.json", JSON.stringify({ compilerOptions })],
      ["app.ts", 'import { RPCError } from "api-client";\nconsole.log(new RPCError(403).code);\n'],
    ]);
    expect(project.complaints(process.execPath, [tsc, "-p", folder])).toBe("");
    expect(project.run(process.execPath, [`${folder}/app.js`])).toMatchObject({ output: "403\n" });
  });

  test("is left alone by Prettier where it is asked to respect the marker", () => {
    const prettier = join(root, "node_modules", "prettier", "bin", "prettier.cjs");
    expect(
      project.complaints(process.execPath, [
        prettier,
        "--no-config",
        "--check-ignore-pragma",
        "--log-level=warn",
        "--check",
        ".",
      ]),
    ).toBe("");
  });
});

describe.skipIf(findPython() === undefined)("Python", () => {
  const python = findPython() ?? "python";
  const project = new Project();
  afterAll(() => project[Symbol.dispose]());
  const packages = Object.keys(contracts).map((name) => `client_${name}`);
  const PROGRAMS = ["build_models.py", "usage.py", "usage_shapes.py"];

  beforeAll(() => {
    // The package of each contract gets a name of its own, so that one run checks all of them.
    for (const { name, files } of generateAll(generatePython, runtimes.python())) {
      const sources = [...files].filter(([path]) => path.startsWith("api_client/"));
      const moved = sources.map(
        ([path, text]) => [path.slice("api_client/".length), text] as const,
      );
      project.write(`client_${name}`, moved);
      const example = exampleOf(files.get("README.md"), "python");
      const code = example.replace("from api_client", `from client_${name}`);
      if (code.includes("await api.")) project.write("", [[`example_${name}.py`, code]]);
    }
    project.write(
      "",
      PROGRAMS.map((file) => [file, check(file)]),
    );
    // The version is that of the generated pyproject.toml.
    const exclude = 'extend-exclude = ["rpc", "build_models.py", "example_*.py", "usage*.py"]';
    project.write("", [["ruff.toml", `target-version = "py310"\n${exclude}\n`]]);
  });

  test("passes mypy --strict", () => {
    expect(
      project.complaints(python, ["-m", "mypy", "--strict", "--python-version=3.10", "."]),
    ).toBe("");
  });

  test("passes pyright in strict mode", () => {
    const config = {
      typeCheckingMode: "strict",
      pythonVersion: "3.10",
      exclude: [...PROGRAMS, "client_stress", "**/rpc"],
    };
    project.write("", [["pyrightconfig.json", JSON.stringify(config)]]);
    const pyright = join(root, "node_modules", "pyright", "index.js");
    expect(project.complaints(process.execPath, [pyright, "--pythonpath", python])).toBe("");
  });

  test("is left alone by ruff format, and passes ruff check", () => {
    expect(project.complaints(python, ["-m", "ruff", "format", "--check", "--diff", "."])).toBe("");
    // All of the lint but the order of names, whatever the marker says.
    const options = ["--ignore-noqa", "--ignore=I001,RUF022", "--output-format=concise"];
    expect(project.complaints(python, ["-m", "ruff", "check", ...options, "."])).toBe("");
  });

  test("can be imported without a warning, and used", () => {
    expect(project.complaints(python, ["-W", "error", "build_models.py", ...packages])).toBe("");
    expect(project.complaints(python, ["-W", "error", "usage.py"])).toBe("");
    expect(project.complaints(python, ["-W", "error", "usage_shapes.py"])).toBe("");
  });

  test("is installed by pip, which leaves nothing in its folder", () => {
    const input = {
      model: buildModel(topics.tasks!()),
      runtime: runtimes.python(),
      generatorVersion: "0",
    };
    const files = generatePython(input);
    project.write("package", files);
    const options = ["--no-build-isolation", "--no-deps", "--no-index", "--target=installed"];
    const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--quiet", ...options];
    expect(project.complaints(python, [...pip, "./package"])).toBe("");
    expect(project.files("package")).toEqual([...files.keys()].toSorted());
    const use = "import sys; sys.path.insert(0, 'installed'); import api_client";
    expect(project.complaints(python, ["-W", "error", "-c", use])).toBe("");
    expect(project.files("installed")).toContain("api_client/py.typed");
  });
});

describe.skipIf(findGo() === undefined)("Go", () => {
  const go = findGo() ?? "go";
  const used = ["errors", "open", "shapes", "unions"];
  const project = new Project();
  afterAll(() => project[Symbol.dispose]());

  beforeAll(() => {
    // One module with a package for each contract: the base client is compiled only once.
    for (const { name, files } of generateAll(generateGo, runtimes.go())) {
      const own = [...files].filter(([path]) => /^(?!go\.)[^/]+\.(go|json)$/.test(path));
      project.write(
        "",
        [...files].filter(([path]) => /^(go\.(mod|sum)|rpc\/.*)$/.test(path)),
      );
      project.write(name, own);
      const example = exampleOf(files.get("README.md"), "go");
      const code = example.replace('\t"apiclient"', `\tapiclient "apiclient/${name}"`);
      project.write(`${name}/example`, [["main.go", code]]);
    }
    for (const topic of used) {
      project.write(topic, [["usage_test.go", check(`${topic}_test.go.txt`)]]);
    }
  });

  test("compiles and passes go vet", () => {
    expect(project.complaints(go, ["vet", "./..."])).toBe("");
  });

  test.skipIf(findStaticcheck() === undefined)("passes staticcheck", () => {
    expect(project.complaints(findStaticcheck() ?? "", ["./..."])).toBe("");
  });

  test("is formatted as gofmt does", () => {
    expect(project.run("gofmt", ["-l", "."])).toEqual({ status: 0, output: "" });
  });

  test("encodes and decodes as the schemas say", () => {
    expect(project.complaints(go, ["test", ...used.map((topic) => `./${topic}`)])).toBe("");
  });
});
