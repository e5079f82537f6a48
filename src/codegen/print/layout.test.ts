import { expect, test } from "vitest";
import { bracketed, group, ifBroken, indent, join, line, printLayout, softline } from "./layout.js";

const options = { width: 20, step: "  ", level: 0 };
const list = (...items: string[]) => bracketed("(", items, ")");

test("stays on one line where it fits, the text after it included", () => {
  expect(printLayout("call", [list("first", "second"), ";"], options)).toBe("call(first, second);");
  expect(printLayout("call", [list("first", "second"), ";;"], options)).toBe(
    "call(\n  first,\n  second,\n);;",
  );
});

test("breaks the outer group first", () => {
  const inner = list("one", "two");
  expect(printLayout("f", bracketed("(", [inner, "a third one"], ")"), options)).toBe(
    "f(\n  (one, two),\n  a third one,\n)",
  );
});

test("a line can end in a group that comes later", () => {
  const layout = [list("a", "b"), " = ", list("long one", "long two")];
  expect(printLayout("x", layout, options)).toBe("x(a, b) = (\n  long one,\n  long two,\n)");
});

test("the lines of an inner level are indented by all steps", () => {
  const layout = group("{", indent(line, join([",", line], ["aaaaaaaa", "bbbbbbbb"])), line, "}");
  expect(printLayout("", layout, { ...options, level: 2 })).toBe(
    "    {\n      aaaaaaaa,\n      bbbbbbbb\n    }",
  );
});

test("a choice depends on its own group", () => {
  const union = (...names: string[]) =>
    group(ifBroken("("), indent(softline, join([line, "| "], names)), softline, ifBroken(")"));
  expect(printLayout("", union("A", "B"), options)).toBe("A | B");
  expect(printLayout("", union("Aaaaaaaaaaa", "Bbbbbbbbbbb"), options)).toBe(
    "(\n  Aaaaaaaaaaa\n  | Bbbbbbbbbbb\n)",
  );
});

test("wide characters count as two columns", () => {
  expect(printLayout("", list("任务任务任务", "任"), options)).toBe("(任务任务任务, 任)");
  expect(printLayout("", list("任务任务任务", "任务任"), options)).toContain("\n");
});
