import { describe, expect, it, test } from "vitest";
import { code, list, paragraphs, SourceFile, type Code, type Dialect } from "./source-file.js";

const dialect: Dialect = {
  step: "  ",
  gap: "\n\n",
  importLines: (modules) =>
    [...modules].map(([from, symbols]) => [
      `import ${symbols.map(({ name }) => name).join(", ")} from ${from}`,
    ]),
};

function printed(...declarations: Code[]): string {
  const file = new SourceFile(dialect, "", "./own");
  for (const declaration of declarations) file.print(declaration);
  return file.toString().slice(0, -1);
}

const long = "x".repeat(45);

describe("a template", () => {
  it("keeps the indentation of its line in a value of several lines", () => {
    const body = "a\n\n  b";
    expect(
      printed(code`
{
  ${body}
}
`),
    ).toBe("{\n  a\n\n    b\n}");
  });

  it("leaves out a line whose values are all empty, and keeps an empty line", () => {
    expect(
      printed(code`
a
  ${""}${[]}

b${""}
`),
    ).toBe("a\n\nb");
  });

  it("can be one line", () => {
    expect(printed(code`a${"b"}c`)).toBe("abc");
  });
});

test("paragraphs have an empty line between them, but for empty ones", () => {
  expect(printed(paragraphs("a", "", ["", []], "b"))).toBe("a\n\nb");
});

describe("a list", () => {
  it("is on one line where that fits", () => {
    expect(printed(code`f${list("(", ["a", "b"], ")")};`)).toBe("f(a, b);");
    expect(printed(code`{ ${list("(", [], ")")} ${long}${long}${long} }`)).toContain("()");
  });

  it("has a line for each item where the line is too long, and what follows is tried again", () => {
    const items = [long, ["y", list("[", [long, long], "]")]];
    const call = code`
  f${list("{ ", items, " }")} + ${list("<", ["z"], ">")};
`;
    expect(printed(call)).toBe(
      `  f{\n    ${long},\n    y[${long}, ${long}],\n  } + <z>;`.replace(
        `y[${long}, ${long}]`,
        `y[${long}, ${long}]`,
      ),
    );
  });

  it("is broken inside of a broken one where an item is too long itself", () => {
    const inner = list("[", [long, long, long], "]");
    expect(printed(list("(", [inner], ")"))).toBe(
      `(\n  [\n    ${long},\n    ${long},\n    ${long},\n  ]\n)`,
    );
  });

  it("of alternatives has the sign before each, or brackets around all", () => {
    const items = [long, long, "z"];
    const signs = { items, separator: " | ", flat: ["", ""], broken: ["", ""] } as const;
    expect(printed(code`type X = ${signs};`)).toBe(`type X =\n  | ${long}\n  | ${long}\n  | z;`);
    const brackets = { items, separator: " || ", flat: ["", ""], broken: ["(", ")"] } as const;
    expect(printed(code`return ${brackets};`)).toBe(
      `return (\n  ${long}\n  || ${long}\n  || z\n);`,
    );
  });
});

describe("a symbol", () => {
  const b = { name: "b", from: "./m" };
  const a = { name: "a", from: "./m" };
  const own = { name: "o", from: "./own" };

  it("is imported by the file that prints it, once and in order, but not from the file itself", () => {
    const file = printed(code`${b}(${list("[", [a, own], "]")})`, code`${b}`);
    expect(file).toBe("import a, b from ./m\n\nb([a, o])\n\nb");
  });

  it("is imported when a text that is printed mentions it", () => {
    const file = new SourceFile(dialect, "head", "./own");
    file.use(["x", a]);
    expect(file.toString()).toBe("head\n\nimport a from ./m\n");
  });
});
