// Runs the documents: writes, type-checks and runs their code blocks and compares the output.
// docs/testing/plans/ decides what happens to each block; CONTRIBUTING.md, "Documentation",
// describes the marks.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findCentrifugo, findGo, findPython } from "../testing/toolchains.js";
import { documents, root, type Block, type Document } from "./testing/markdown.js";
import { installPackages } from "./testing/package.js";
import { Project } from "./testing/project.js";

/** Blocks of these languages need no line in the plan: there is nothing in them to run. */
const PLAIN = ["", "text", "json"];

/** The marks that say what happens to a block, in the order of {@link MARKINGS}. */
const MARKS = ["file", "run", "server", "excerpt"];

/** What a block may be marked with. */
const MARKINGS = ["file", "file run", "run", "server", "excerpt"];

const ATTRIBUTES = [...MARKS, "beside", "needs", "prints", "output"];

/** One block may install nothing, but it may start several programs. */
const BLOCK_TIMEOUT_MS = 120_000;

const all = documents();

describe("every code block", () => {
  const blocks = all.flatMap(({ path, blocks }) =>
    blocks.map((block) => ({ place: `${path}:${block.line}`, ...block })),
  );

  it.each(blocks.filter(({ language }) => !PLAIN.includes(language)))(
    "is run, or its plan says why not: $place",
    ({ attributes }) => {
      expect(MARKINGS).toContain(MARKS.filter((mark) => attributes.has(mark)).join(" "));
      expect(attributes.get("excerpt")).not.toBe("");
    },
  );

  it.each(blocks.filter(({ attributes }) => attributes.size > 0))(
    "has only known marks: $place",
    ({ attributes }) => {
      expect(ATTRIBUTES).toEqual(expect.arrayContaining([...attributes.keys()]));
    },
  );

  it.each(all)("is in the document if the plan names it: $path", ({ unusedPlan }) => {
    expect(unusedPlan).toEqual([]);
  });
});

beforeAll(installPackages);

describe.each(all.filter(hasProject))("$path", (document) => {
  let project: Project;
  beforeAll(async () => {
    project = await Project.create(document.path);
  });
  afterAll(() => project?.stop());

  it.for(stepsOf(document))(
    "$title",
    { timeout: BLOCK_TIMEOUT_MS },
    async ({ block, expected }, { skip }) => {
      await stopBefore(project, block);
      skip(isLeftOut(block), "what it needs is not on this machine");
      expect((await perform(project, block)).trim()).toMatch(expected);
    },
  );

  it.each(checksOf(document))(
    "type-checks: $ending",
    { timeout: BLOCK_TIMEOUT_MS },
    async (check) => {
      writeFileSync(join(project.folder, "tsconfig.json"), JSON.stringify(tsconfig(project)));
      const printed = await project.run(`${check.command} ${check.files(project)}`);
      expect(printed).toMatch(check.success);
    },
  );
});

interface Check {
  ending: string;
  command: string;
  files(project: Project): string;
  success: RegExp;
}

/** The type checkers of the document's languages, as far as they are on this machine. */
function checksOf({ blocks }: Document): Check[] {
  const all: Check[] = [
    {
      ending: ".ts",
      command: `node ${join(root, "node_modules/typescript/bin/tsc")}`,
      files: () => "-p tsconfig.json",
      success: /^$/,
    },
    {
      ending: ".py",
      command: 'MYPYPATH="$PYTHONPATH" python -m mypy --strict',
      files: (project) => project.written(".py").join(" "),
      success: /^Success/,
    },
  ];
  return all
    .filter(({ ending }) => ending !== ".py" || findPython())
    .filter(({ ending }) =>
      blocks.some(({ attributes }) => attributes.get("file")?.endsWith(ending)),
    );
}

/** A server takes the place of those before it, also when it is itself left out. */
async function stopBefore(project: Project, { attributes }: Block): Promise<void> {
  if (attributes.has("server") && !attributes.has("beside")) await project.stop();
}

/** Writes, runs or starts what a block says, and gives what was printed. */
async function perform(project: Project, { attributes, text }: Block): Promise<string> {
  if (attributes.has("server")) {
    const output = await project.serve(text);
    if (attributes.get("server") === "gateway") await expectCallsAnswered(project);
    return output;
  }
  const file = attributes.get("file");
  if (file === undefined) return await project.run(text);
  project.write(file, text);
  const command = attributes.get("run");
  return command === undefined ? "" : await project.run(command);
}

/** A gateway answers what Centrifugo's RPC proxy would send. */
async function expectCallsAnswered(project: Project): Promise<void> {
  const answer = await project.proxyRequest("rpc", {
    client: "c1",
    transport: "websocket",
    protocol: "json",
    encoding: "json",
    user: "123",
    method: "tasks.get_stats",
    data: { user_id: "123" },
  });
  expect(answer).toEqual({ result: { data: { total: 3, completed: 1, pending: 2 } } });
}

function hasProject(document: Document): boolean {
  return stepsOf(document).length > 0;
}

interface Step {
  title: string;
  block: Block;
  /** What it is to print; anything, unless the document says so. */
  expected: RegExp;
}

/** The blocks that do something. */
function stepsOf({ blocks }: Document): Step[] {
  return blocks.flatMap((block, index) => {
    if (!["file", "run", "server"].some((mark) => block.attributes.has(mark))) return [];
    const next = blocks[index + 1];
    const output = next?.attributes.has("output") ? next.text : block.attributes.get("prints");
    return [{ title: title(block), block, expected: withGaps(output ?? "…") }];
  });
}

/** Whether a block needs a program that is not on this machine. */
function isLeftOut({ language, attributes, text }: Block): boolean {
  const uses = (program: string): boolean =>
    language === program ||
    attributes.get("needs") === program ||
    new RegExp(`^${program} `, "m").test(text);
  return (
    (uses("python") && !findPython()) ||
    (uses("go") && !findGo()) ||
    (uses("centrifugo") && !findCentrifugo())
  );
}

function title({ line, language, attributes, text }: Block): string {
  const file = attributes.get("file");
  const [firstLine = ""] = text.split("\n", 1);
  return `line ${line}, ${language}: ${file ?? firstLine}`;
}

/** Matches what was printed; "…" stands for anything within a line, or for any lines. */
function withGaps(expected: string): RegExp {
  const escaped = expected.trim().replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const pattern = escaped.replaceAll(/^…$/gm, String.raw`[^]*`).replaceAll("…", ".*");
  return new RegExp(`^${pattern}$`);
}

/** The reader's tsconfig.json, as strict as it can be. */
function tsconfig(project: Project): object {
  return {
    compilerOptions: {
      target: "es2023",
      lib: ["es2023", "dom", "dom.iterable"],
      module: "nodenext",
      types: ["node"],
      // As Next.js has it.
      paths: { "@/*": ["./*.ts"] },
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: true,
      noEmit: true,
    },
    files: project.written(".ts"),
  };
}
