import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** The root of the repository. */
export const root = resolve(import.meta.dirname, "../..");

/** A fenced code block. */
export interface Block {
  /** The line of its opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  /** The block's marks in the plan: `file=a.ts run="tsx a.ts"`; a name without a value is `""`. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly text: string;
}

/** A Markdown file, parsed as far as the tests need it. */
export interface Document {
  /** From the root of the repository. */
  readonly path: string;
  readonly blocks: readonly Block[];
  /** The lines of the document's plan that match no block. */
  readonly unusedPlan: readonly string[];
  /** The text without its code blocks. */
  readonly prose: string;
}

/** The documents: the Markdown files of the root, of docs/, of the Python package and of the examples. */
export function documents(): Document[] {
  const examples = readdirSync(join(root, "examples")).map((name) => join("examples", name));
  return [".", "docs", "python", ...examples]
    .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)))
    .filter((path) => path.endsWith(".md"))
    .map((path) => readDocument(path));
}

/** Reads one document and the plan for its code blocks. */
export function readDocument(path: string): Document {
  const plan = readPlan(path);
  const blocks: Block[] = [];
  const prose: string[] = [];
  let open: { fence: string; line: number; info: string; lines: string[] } | undefined;
  for (const [index, line] of readFileSync(join(root, path), "utf8").split("\n").entries()) {
    if (open === undefined) {
      const [, fence, info = ""] = /^(`{3,})(.*)$/.exec(line) ?? [];
      if (fence !== undefined) open = { fence, line: index + 1, info, lines: [] };
      prose.push(fence === undefined ? line : "");
    } else if (line === open.fence) {
      blocks.push(readBlock(open.line, open.info, open.lines, plan));
      open = undefined;
      prose.push("");
    } else {
      open.lines.push(line);
      prose.push("");
    }
  }
  if (open !== undefined) throw new Error(`${path}:${open.line}: the code block does not end`);
  return {
    path,
    blocks,
    unusedPlan: plan.map(({ line }) => line),
    prose: prose.join("\n"),
  };
}

/** What the tests do with one block of a document. */
interface PlannedBlock {
  /** The line of the plan. */
  readonly line: string;
  readonly language: string;
  readonly marks: string;
  readonly firstLine: string;
}

/**
 * The plan of a document, from docs/testing/plans/: one line per block, in the order of the blocks,
 * as `LANGUAGE MARKS :: FIRST LINE OF THE BLOCK`. `docs/setup.md` has the plan `docs-setup.txt`.
 */
function readPlan(path: string): PlannedBlock[] {
  const name = `${path.replace(/\.md$/, "").replaceAll("/", "-")}.txt`;
  const file = join(root, "docs/testing/plans", name);
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [, language = "", marks = "", firstLine = ""] =
        /^(\S+) (.*?) :: (.*)$/.exec(line) ?? [];
      return { line, language, marks, firstLine };
    });
}

/** Takes the block's marks from the plan if its next line is about this block. */
function readBlock(line: number, language: string, lines: string[], plan: PlannedBlock[]): Block {
  const attributes = new Map<string, string>();
  const [next] = plan;
  if (next?.language === language && next.firstLine === lines[0]) {
    plan.shift();
    const marks = next.marks.matchAll(/(\w+)(?:=(?:"([^"]*)"|(\S+)))?/g);
    for (const [, name = "", quoted, plain] of marks) attributes.set(name, quoted ?? plain ?? "");
  }
  return { line, language, attributes, text: `${lines.join("\n")}\n` };
}

/** The rows of the table below a heading, without its head; cells without their backticks. */
export function tableBelow({ prose }: Document, heading: string): string[][] {
  const [, section = ""] = prose.split(new RegExp(`^#+ ${heading}$`, "m"));
  const lines = section.split("\n");
  const start = lines.findIndex((line) => line.startsWith("|"));
  const end = lines.findIndex((line, index) => index > start && !line.startsWith("|"));
  return lines.slice(start + 2, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}
