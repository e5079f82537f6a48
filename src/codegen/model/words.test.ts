import { describe, expect, test } from "vitest";
import { camelCase, pascalCase, snakeCase, wordsOf, wordsOrCodePoints } from "./words.js";

describe("the words of a name", () => {
  test.each([
    ["tasks.get_stats", ["tasks", "get", "stats"]],
    ["tasks.getStats", ["tasks", "get", "Stats"]],
    ["URLParser", ["URL", "Parser"]],
    ["HTTPSPort2", ["HTTPS", "Port2"]],
    ["x-dash a/b", ["x", "dash", "a", "b"]],
    ["v2.getItem", ["v2", "get", "Item"]],
    ["2fa", ["2fa"]],
    ["__init__", ["init"]],
    ["ﬁ.x", ["fi", "x"]],
    ["задачи.получить", ["задачи", "получить"]],
    ["ping.🏓", ["ping", "u1f3d3"]],
    ["..", []],
  ])("%s", (name, words) => {
    expect(wordsOf(name)).toEqual(words);
  });

  test("are code points for a name without any", () => {
    expect(wordsOrCodePoints("$-")).toEqual(["u24", "u2d"]);
    expect(wordsOrCodePoints("")).toEqual(["empty"]);
    expect(wordsOrCodePoints("io.example/client-limits")).toEqual(["client", "limits"]);
    expect(wordsOrCodePoints("text/plain")).toEqual(["text", "plain"]);
  });
});

test("each case puts the words together in its way", () => {
  const words = wordsOf("tasks.get_URLParts");
  expect(camelCase(words)).toBe("tasksGetUrlParts");
  expect(pascalCase(words)).toBe("TasksGetUrlParts");
  expect(snakeCase(words, "x")).toBe("tasks_get_url_parts");
});

test("no identifier starts with a digit, and none for Go with a letter without case", () => {
  expect(camelCase(["2fa"])).toBe("x2fa");
  expect(pascalCase(["2fa"])).toBe("X2fa");
  expect(pascalCase(["任务"])).toBe("X任务");
  expect(snakeCase(["1st"], "field_")).toBe("field_1st");
});
