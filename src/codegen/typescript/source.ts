import type { JsonValue } from "../model/api-model.js";
import { group, ifBroken, indent, join, line, printLayout, type Layout } from "../print/layout.js";
import { commentLines, preferredQuote, quoted } from "../print/text.js";

/** Prints one declaration as Prettier does by default. */
export function print(head: string, layout: Layout, level = 0): string {
  return printLayout(head, layout, { width: 80, step: "  ", level });
}

/** A string literal. */
export function stringLiteral(text: string): string {
  return quoted(text, preferredQuote(text));
}

/** A literal of a text, a number or a boolean. */
export function literal(value: JsonValue): string {
  return typeof value === "string" ? stringLiteral(value) : JSON.stringify(value);
}

/** A property's name, in quotes where the language or Prettier wants them. */
export function propertyKey(name: string): string {
  return /^[$_\p{L}\p{Nl}][$_\p{L}\p{Nl}\p{Nd}]*$/u.test(name) && isBasic(name)
    ? name
    : stringLiteral(name);
}

/** A property's name in an object literal, where `__proto__` would be the prototype. */
export function literalKey(name: string): string {
  return name === "__proto__" ? '["__proto__"]' : propertyKey(name);
}

function isBasic(name: string): boolean {
  return Array.from(name).length === name.length;
}

/** An import of types only; nothing without names. */
export function importTypes(names: readonly string[], from: string): string {
  return bindings("import type", names, from);
}

/** An import of values; nothing without names. */
export function importValues(names: readonly string[], from: string): string {
  return bindings("import", names, from);
}

/** An export of what another file has. */
export function reexport(
  keyword: "export" | "export type",
  names: readonly string[],
  from: string,
): string {
  return bindings(keyword, names, from);
}

/** The names in their order, on one line when there is one: so Prettier does. */
function bindings(keyword: string, names: readonly string[], from: string): string {
  if (names.length === 0) return "";
  const list = group("{", indent(line, join([",", line], names)), ifBroken(","), line, "}");
  const layout = names.length === 1 ? `{ ${names[0]} }` : list;
  return `${print(`${keyword} `, [layout, ` from ${stringLiteral(from)};`])}\n`;
}

/** A text as one line of a comment. */
export function commentLine(text: string): string {
  return commentLines(text).join(" ");
}

/**
 * A doc comment, or nothing when there is nothing to say.
 *
 * @param tags lines like `@default 1` for the end of the comment
 */
export function docComment(
  level: number,
  description: string | undefined,
  tags: readonly string[] = [],
): string {
  const text = commentLines(description).map((line) => line.replace(/^@/, "\\@"));
  const gap = text.length > 0 && tags.length > 0 ? [""] : [];
  const lines = [...text, ...gap, ...tags].map((line) => line.replaceAll("*/", "*\\/"));
  const pad = "  ".repeat(level);
  const [only] = lines;
  if (only === undefined) return "";
  if (lines.length === 1) return `${pad}/** ${only} */\n`;
  const body = lines.map((line) => `${pad} *${line === "" ? "" : ` ${line}`}\n`).join("");
  return `${pad}/**\n${body}${pad} */\n`;
}
