// What docs/contract.md says of hashes is what the code does.
import { describe, expect, it } from "vitest";
import { KEYWORDS } from "../src/contract/keywords.js";
import { readDocument } from "./testing/markdown.js";

const { prose } = readDocument("docs/contract.md");

describe("docs/contract.md", () => {
  it.each([
    ["data", "data"],
    ["a schema", "schema"],
    ["a list of schemas", "schemas"],
    ["schemas by name", "schemaMap"],
  ])("lists the keywords with %s, and no others", (words, kind) => {
    const [, list = ""] = new RegExp(`^ +- with ${words}: (.*)$`, "m").exec(prose) ?? [];
    const documented = [...list.matchAll(/`([^`]+)`/g)].map(([, keyword = ""]) => keyword);
    const inCode = [...KEYWORDS].filter(([, value]) => value === kind).map(([keyword]) => keyword);
    expect(documented.toSorted()).toEqual(inCode.toSorted());
  });
});
