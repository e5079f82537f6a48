import type { JsonValue } from "../model/api-model.js";

/**
 * Characters that must not be in a source file: controls, which end strings and comments or are
 * illegal, line and paragraph separators, lone surrogates, and the bidirectional controls and
 * invisible characters with which text can look like other text ("Trojan Source", CVE-2021-42574).
 */
const UNSAFE = /(?![\n\u{10000}-\u{10ffff}])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * A description as the lines of a comment, without control characters, indentation, and empty lines
 * at the ends or in a row. The printers of each language escape what ends a comment there.
 */
export function commentLines(description: string | undefined): string[] {
  const lines = (description ?? "")
    .replace(/\r\n?|[\u2028\u2029\u0085]/g, "\n")
    .replace(/[\t\v\f]/g, " ")
    .replace(UNSAFE, escaped)
    .split("\n")
    .map((text) => text.trim());
  return lines.filter((text, index) => {
    const isEdge = lines.slice(0, index).every(isEmpty) || lines.slice(index).every(isEmpty);
    return text !== "" || (!isEdge && lines[index - 1] !== "");
  });
}

/** A description without the links of TSDoc, which other languages would show as written. */
export function withoutLinks(description: string | undefined): string | undefined {
  return description?.replace(
    /\{@link(?:code|plain)?\s+([^\s|}]+)(?:[\s|]+([^}]*?))?\s*\}/g,
    (_link, target: string, text?: string) => text || target,
  );
}

/** The sentence that names a default in a comment. */
export function defaultText(value: JsonValue): string {
  return `Default: ${jsonText(value)}.`;
}

/** JSON on one line, without {@link UNSAFE} characters. */
export function jsonText(value: JsonValue): string {
  return JSON.stringify(value).replace(UNSAFE, escaped);
}

/** A string literal with the escapes of C-like languages: `\n`, `\"`, `\\`, `\uXXXX`. */
export function quoted(text: string, quote: '"' | "'"): string {
  const body = text
    .replaceAll("\\", "\\\\")
    .replaceAll(quote, `\\${quote}`)
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r")
    .replaceAll("\t", "\\t")
    .replace(UNSAFE, escaped);
  return quote + body + quote;
}

/** The quote that formatters prefer: double, unless the text has more double quotes than single. */
export function preferredQuote(text: string): '"' | "'" {
  const count = (quote: string) => text.split(quote).length;
  return count('"') > count("'") ? "'" : '"';
}

function isEmpty(text: string): boolean {
  return text === "";
}

function escaped(character: string): string {
  return `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`;
}
