// Each threat of docs/security.md names a test that is there.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readDocument, root } from "./testing/markdown.js";

const rows = readDocument("docs/security.md")
  .prose.split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (?:threat|asset) |^\| -/.test(line))
  .map((line) => line.split("|").slice(1, -1))
  .filter((cells) => cells.length === 3)
  .map(([threat = "", , test = ""]) => ({ threat: threat.trim(), test: test.trim() }));

describe("the tables of threats", () => {
  it("have rows", () => {
    expect(rows.length).toBeGreaterThan(40);
  });

  it.each(rows)("$threat: has a test", ({ test }) => {
    const [, file = ""] = /\]\(\.\.\/([^)]+)\)$/.exec(test) ?? [];
    const titles = [...test.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => title);
    expect(titles).not.toEqual([]);
    const text = readFileSync(join(root, file), "utf8");
    expect(titles.filter((title) => !text.includes(title))).toEqual([]);
  });
});
