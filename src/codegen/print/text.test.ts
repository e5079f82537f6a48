import { describe, expect, test } from "vitest";
import { commentLines, withoutLinks, jsonText, preferredQuote, quoted } from "./text.js";

describe("the lines of a comment", () => {
  test("have no indentation, no empty lines at the ends and no two in a row", () => {
    expect(commentLines("\n\n  one\r\n\n\n\ttwo  \rthree\n \n")).toEqual([
      "one",
      "",
      "two",
      "three",
    ]);
  });

  test("are none for no text", () => {
    expect(commentLines(undefined)).toEqual([]);
    expect(commentLines("  \n\t")).toEqual([]);
  });

  test("show what cannot be seen or would end the line", () => {
    expect(commentLines("a\u0000b\u001bc\u202ed\u200be\ud800f\ufeffg")).toEqual([
      "a\\u0000b\\u001bc\\u202ed\\u200be\\ud800f\\ufeffg",
    ]);
    expect(commentLines("a\u2028b\u2029c\u0085d")).toEqual(["a", "b", "c", "d"]);
  });
});

describe("a string literal", () => {
  test.each([
    'the "quote"',
    "it's",
    "back\\slash",
    "line\nend\r\ttab",
    "\u0000\u007f\u2028\u202e\ufeff",
    "emoji 🏓 任务",
    "${x} `code` */ </script>",
  ])("%j means its text", (text) => {
    for (const quote of ['"', "'"] as const) {
      const literal = quoted(text, quote);
      // oxlint-disable-next-line no-implied-eval
      expect(new Function(`return ${literal}`)()).toBe(text);
      expect(literal).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
    }
  });

  test("has the quotes that need fewer escapes", () => {
    expect(preferredQuote("plain")).toBe('"');
    expect(preferredQuote('a "b"')).toBe("'");
    expect(preferredQuote(`"it's"`)).toBe("'");
    expect(preferredQuote(`"'`)).toBe('"');
  });
});

test("JSON in a comment has no character that could end it", () => {
  expect(jsonText({ a: "\u2028\n", b: [1, null] })).toBe('{"a":"\\u2028\\n","b":[1,null]}');
});

test("links of TSDoc become their texts", () => {
  const text =
    "See {@link Task}, {@linkcode api.run | how to run} and {@link https://a.example the page}.";
  expect(withoutLinks(text)).toBe("See Task, how to run and the page.");
});
