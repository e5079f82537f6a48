import { describe, expect, it } from "vitest";
import { globMatcher } from "./glob.js";

describe("globMatcher", () => {
  it.each([
    ["*", "", true],
    ["*", "https://a.b/c", true],
    ["https://*.example.com", "https://a.b.example.com", true],
    ["https://*.example.com", "https://example.com", false],
    ["https://*.example.com", "https://aXexample.com", false],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["[a-c]1", "b1", true],
    ["[!a-c]1", "b1", false],
    ["[!a-c]1", "d1", true],
    ["{a,bc}d", "bcd", true],
    ["{a,bc}d", "bd", false],
    ["{a*,[0-9]}!", "abc!", true],
    ["a,b}", "a,b}", true],
    ["\\*", "*", true],
    ["\\*", "x", false],
    ["a+(b)$^|", "a+(b)$^|", true],
  ])("%s on %s: %s", (pattern, value, matches) => {
    expect(globMatcher(pattern)(value)).toBe(matches);
  });

  it.each(["[a", "{a,b"])("refuses %s", (pattern) => {
    expect(() => globMatcher(pattern)).toThrow(/is not closed/);
  });
});
