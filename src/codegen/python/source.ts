import type { JsonValue } from "../model/api-model.js";
import {
  bracketed,
  group,
  ifBroken,
  indent,
  join,
  line,
  printLayout,
  softline,
  type Layout,
} from "../print/layout.js";
import { commentLines, preferredQuote, quoted } from "../print/text.js";

/** The longest line that `ruff format` makes by default. */
export const WIDTH = 88;

/** One step of indentation. */
export const STEP = "    ";

/** Prints one statement as `ruff format` does by default. */
export function print(head: string, layout: Layout, level = 0): string {
  return printLayout(head, layout, { width: WIDTH, step: STEP, level });
}

/** A layout on one line, however long. */
export function flatText(layout: Layout): string {
  return printLayout("", group(layout), { width: Infinity, step: STEP, level: 0 });
}

/** A string literal. Half a surrogate pair, which pydantic refuses, becomes U+FFFD. */
export function stringLiteral(text: string): string {
  return quoted(text.replace(/\p{Cs}/gu, "\ufffd"), preferredQuote(text));
}

/** A literal of a text, a number, a boolean or null. */
export function literal(value: JsonValue): string {
  if (typeof value === "string") return stringLiteral(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  return value === null ? "None" : JSON.stringify(value);
}

/** One type in brackets: without a comma after it, which would make it a tuple. */
export function subscript(name: string, argument: Layout): Layout {
  return group(`${name}[`, indent(softline, argument), softline, "]");
}

/** `from module import names`, the names in the order that isort gives them. */
export function importFrom(module: string, names: readonly string[]): string {
  if (names.length === 0) return "";
  const list = indent(softline, join([",", line], names.toSorted(compareMembers)));
  const layout = group(ifBroken("("), list, ifBroken(","), softline, ifBroken(")"));
  return `${print(`from ${module} import `, layout)}\n`;
}

/** `__all__ = [names]`, in the order that ruff gives them. */
export function exportAll(names: readonly string[]): string {
  const sorted = names.toSorted((a, b) => compareKinds(a, b) || compareNaturally(a, b));
  return `${print("__all__ = ", bracketed("[", sorted.map(stringLiteral), "]"))}\n`;
}

/** As isort does: kinds, then without regard to case. */
function compareMembers(a: string, b: string): number {
  return compareKinds(a, b) || compareNaturally(a.toLowerCase(), b.toLowerCase());
}

/** Constants, which have no lower-case letter, before classes, and these before functions. */
function compareKinds(a: string, b: string): number {
  const kind = (name: string) => {
    if (!/\p{Ll}|^.$/u.test(name)) return 0;
    return /^\p{Lu}/u.test(name) ? 1 : 2;
  };
  return kind(a) - kind(b);
}

/** Numbers in the names count by their value. */
function compareNaturally(a: string, b: string): number {
  const parts = (text: string) => text.match(/\d+|\D/g) ?? [];
  const others = parts(b);
  for (const [index, part] of parts(a).entries()) {
    const other = others[index] ?? "";
    const isNumber = /^\d/.test(part) && /^\d/.test(other);
    const order = isNumber ? Number(part) - Number(other) : compareTexts(part, other);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** A docstring, or nothing when there is nothing to say. */
export function docstring(level: number, description: string | undefined, more = ""): string {
  const texts = [commentLines(description), commentLines(more)].filter((text) => text.length > 0);
  const lines = texts.flatMap((text, index) => (index === 0 ? text : ["", ...text]));
  if (lines.length === 0) return "";
  const pad = STEP.repeat(level);
  const body = lines
    .map((text) => (text === "" ? "" : pad + escapeText(text)))
    .join("\n")
    .trim();
  return `${pad}"""${body}${lines.length === 1 ? "" : `\n${pad}`}"""\n`;
}

/** Quotes are escaped where they could end the docstring: in a row and at the ends of a line. */
function escapeText(text: string): string {
  return text
    .replaceAll("\\", "\\\\")
    .replace(/"{2,}|^"|"$/g, (quotes) => quotes.replaceAll('"', '\\"'));
}
