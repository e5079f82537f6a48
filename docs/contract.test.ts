// What docs/contract.md says of hashes is what the code does.
import { describe, expect, it } from "vitest";
import { KEYWORDS } from "../src/schema/index.js";
import { readDocument } from "./testing/markdown.js";

const { prose } = readDocument("docs/contract.md");

describe("docs/contract.md", () => {
  it.each([
    ["data", "data"],
    ["a schema", "schema"],
    ["a list of schemas", "list"],
    ["schemas by name", "map"],
  ])("lists the keywords with %s, and no others", (words, kind) => {
    const [, list = ""] = new RegExp(`^ +- with ${words}: (.*)$`, "m").exec(prose) ?? [];
    const documented = [...list.matchAll(/`([^`]+)`/g)].map(([, keyword = ""]) => keyword);
    const inCode = [...KEYWORDS].flatMap(([keyword, { value, asserts }]) =>
      asserts && value === kind ? [keyword] : [],
    );
    expect(documented.toSorted()).toEqual(inCode.toSorted());
  });
});
