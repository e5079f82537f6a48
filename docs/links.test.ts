// What the documents point to is there: files, headings, and paths that stand in the text.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { documents, readDocument, root } from "./testing/markdown.js";

/** Documents whose paths are those of the reader's project. */
const GUIDES = [
  "docs/setup.md",
  "docs/backend-guide.md",
  "docs/own-server.md",
  "docs/frontend-guide.md",
];

describe.each(documents())("$path", ({ path, prose }) => {
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);

  it("links to files and headings that exist", () => {
    const broken = links
      .filter((target) => !/^https?:/.test(target))
      .filter((target) => !leadsSomewhere(path, target));
    expect(broken).toEqual([]);
  });
});

describe.each(documents().filter(({ path }) => !GUIDES.includes(path)))("$path", ({ prose }) => {
  it("names files that exist", () => {
    const folders = "src|clients|conformance|docs|examples|scripts";
    const named = [...prose.matchAll(/`([^`\s]+)`/g)]
      .map(([, code = ""]) => code)
      .filter((code) => new RegExp(`^(${folders})/[^*{<…]*$`).test(code));
    expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});

function leadsSomewhere(from: string, target: string): boolean {
  const [file = "", anchor] = target.split("#");
  const path = file === "" ? from : join(dirname(from), file);
  if (!existsSync(join(root, path))) return false;
  return anchor === undefined || anchors(path).includes(anchor);
}

/** The anchors that GitHub gives the headings of a document. */
function anchors(path: string): string[] {
  return [...readDocument(path).prose.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
