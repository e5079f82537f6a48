import type { EnumValue } from "../model/api-model.js";
import { commentLines, quoted } from "../print/text.js";

/** A string literal. Go has no escape for half a surrogate pair: JSON decoders put U+FFFD there. */
export function stringLiteral(text: string): string {
  return quoted(text.replace(/\p{Cs}/gu, "\ufffd"), '"');
}

/** A literal of a text, a number or a boolean. */
export function scalarLiteral(value: EnumValue): string {
  return typeof value === "string" ? stringLiteral(value) : String(value);
}

/** A paragraph of a comment; {@link Deprecation} is the one that Go's tools look for. */
type Paragraph = string | Deprecation | undefined;

/** Why something should not be used any more, "" without a reason. */
export interface Deprecation {
  readonly deprecated: string;
}

/** A comment of whole lines, or nothing when there is nothing to say. */
export function comment(indent: string, ...texts: Paragraph[]): string {
  const paragraphs = texts.map(paragraphLines).filter((lines) => lines.length > 0);
  return paragraphs
    .flatMap((lines, index) => (index === 0 ? lines : ["", ...lines]))
    .map((line) => `${indent}//${line === "" ? "" : ` ${line}`}\n`)
    .join("");
}

function paragraphLines(text: Paragraph): string[] {
  if (typeof text !== "object") return commentLines(text).map(inert);
  const [first = "do not use it in new code.", ...more] = commentLines(text.deprecated);
  return [`Deprecated: ${first}`, ...more.map(inert)];
}

/** A doc comment begins with the name, as Go's tools expect. */
export function modelDoc(name: string, description: string | undefined): string | undefined {
  return description && `${name}: ${description.trim()}`;
}

/**
 * The build constraints and link definitions that gofmt would move away, and the word that only a
 * {@link Deprecation} may begin with.
 */
function inert(line: string): string {
  return line.replace(/^(?=\+build|\[[^\]]*\]:|Deprecated:)/, "\\");
}

/** One line of a declaration that gofmt sets in columns. */
export interface Row {
  /** Lines before it; they end the columns above. */
  readonly comment: string;
  readonly cells: readonly string[];
}

/** Rows in columns, as gofmt sets them: every block without comments in between on its own. */
export function aligned(rows: readonly Row[]): string {
  return blocksOf(rows)
    .map((block) => {
      const widths = columnWidths(block.map((row) => row.cells));
      return block.map((row) => row.comment + rowText(row.cells, widths)).join("");
    })
    .join("");
}

function rowText(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, column) =>
    column === cells.length - 1 ? cell : cell + " ".repeat(widths[column]! - lengthOf(cell)),
  );
  return `\t${padded.join(" ")}\n`;
}

/**
 * The keys and values of a struct in a function, a line each. gofmt sets the values in a column,
 * as long as no key is longer than 40 characters.
 */
export function compositeBody(values: readonly (readonly [string, string])[]): string {
  const longest = Math.max(...values.map(([key]) => Array.from(key).length));
  if (longest > 40) {
    return `{${values.map(([key, value]) => `${key}: ${value}`).join(", ")}}`;
  }
  const rows = values.map(([key, value]) => ({ comment: "", cells: [`${key}:`, `${value},`] }));
  return `{\n${aligned(rows).replace(/^/gm, "\t").trimEnd()}\n\t}`;
}

function blocksOf(rows: readonly Row[]): Row[][] {
  const blocks: Row[][] = [];
  for (const row of rows) {
    const block = blocks.at(-1);
    if (block === undefined || row.comment !== "") blocks.push([row]);
    else block.push(row);
  }
  return blocks;
}

function columnWidths(rows: readonly (readonly string[])[]): number[] {
  const columns = Math.max(...rows.map((cells) => cells.length));
  return Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((cells) => lengthOf(cells[column] ?? ""))),
  );
}

function lengthOf(text: string): number {
  return Array.from(text).length;
}
