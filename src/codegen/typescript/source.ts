import type { JsonValue } from "../api-model.js";
import { printLayout, type Layout } from "../layout.js";
import { commentLines, preferredQuote, quoted } from "../text.js";

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

function isBasic(name: string): boolean {
  return Array.from(name).length === name.length;
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
