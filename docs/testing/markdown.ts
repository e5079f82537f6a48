import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** The root of the repository. */
export const root = resolve(import.meta.dirname, "../..");

/** A fenced code block. */
export interface Block {
  /** The line of its opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  /** What follows the language: `file=a.ts run="tsx a.ts" excerpt`; a name alone is `""`. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly text: string;
}

/** A Markdown file, taken apart as far as the tests need it. */
export interface Document {
  /** From the root of the repository. */
  readonly path: string;
  readonly blocks: readonly Block[];
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

/** Reads one document. */
export function readDocument(path: string): Document {
  const blocks: Block[] = [];
  const prose: string[] = [];
  let open: { fence: string; line: number; info: string; lines: string[] } | undefined;
  for (const [index, line] of readFileSync(join(root, path), "utf8").split("\n").entries()) {
    if (open === undefined) {
      const [, fence, info = ""] = /^(`{3,})(.*)$/.exec(line) ?? [];
      if (fence !== undefined) open = { fence, line: index + 1, info, lines: [] };
      prose.push(fence === undefined ? line : "");
    } else if (line === open.fence) {
      blocks.push(readBlock(open.line, open.info, open.lines));
      open = undefined;
      prose.push("");
    } else {
      open.lines.push(line);
      prose.push("");
    }
  }
  if (open !== undefined) throw new Error(`${path}:${open.line}: the code block does not end`);
  return { path, blocks, prose: prose.join("\n") };
}

function readBlock(line: number, info: string, lines: string[]): Block {
  const [, language = "", rest = ""] = /^(\S*)\s*(.*)$/.exec(info) ?? [];
  const attributes = new Map<string, string>();
  for (const [, name = "", quoted, plain] of rest.matchAll(/(\w+)(?:=(?:"([^"]*)"|(\S+)))?/g)) {
    attributes.set(name, quoted ?? plain ?? "");
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
