import type { JsonValue } from "../model/api-model.js";
import { generatedBy } from "../print/generator.js";
import {
  joined,
  list,
  paragraphs,
  SourceFile,
  type Code,
  type Dialect,
  type Imported,
  type List,
} from "../print/source-file.js";
import { commentLines, preferredQuote, quoted, withoutLinks } from "../print/text.js";

const PYTHON: Dialect = {
  step: "    ",
  gap: "\n\n\n",
  importLines(modules) {
    const groups = [isStandard, isPackage, isOwn].map((isIn) => {
      const own = [...modules].filter(([from]) => isIn(from));
      return joined(
        own.map(([from, symbols]) => importFrom(from, symbols)),
        "\n",
      );
    });
    return paragraphs(...groups);
  },
};

function isStandard(module: string): boolean {
  return module === "typing";
}

function isPackage(module: string): boolean {
  return !isStandard(module) && !isOwn(module);
}

function isOwn(module: string): boolean {
  return module.startsWith(".");
}

function importFrom(module: string, symbols: readonly Imported[]): Code {
  const items = symbols.map(({ name }) => name);
  return [`from ${module} import `, { items, separator: ", ", flat: ["", ""], broken: ["(", ")"] }];
}

/**
 * A module of the package to print, marked for formatters and linters to leave its lines alone.
 *
 * @param module what other modules import it as
 */
export function sourceFile(module: string, generatorVersion: string): SourceFile {
  const head = `# ${generatedBy(generatorVersion)}
# fmt: off
# ruff: noqa
`;
  const future = module === "." ? "" : "\nfrom __future__ import annotations\n";
  return new SourceFile(PYTHON, (head + future).trimEnd(), module);
}

/** `A | B`. */
export function union(items: readonly Code[]): List {
  return { items, separator: " | ", flat: ["", ""], broken: ["(", ")"] };
}

/** `name[items]`. */
export function subscript(name: Code, ...items: readonly Code[]): Code {
  return [name, list("[", items, "]")];
}

/** A string literal. A lone surrogate, which Pydantic rejects, becomes U+FFFD. */
export function stringLiteral(text: string): string {
  return quoted(text.replace(/\p{Cs}/gu, "\ufffd"), preferredQuote(text));
}

/** A literal of a text, a number, a boolean or null. */
export function literal(value: JsonValue): string {
  if (typeof value === "string") return stringLiteral(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  return value === null ? "None" : JSON.stringify(value);
}

/** A docstring; empty without a text. */
export function docstring(description: string | undefined, more = ""): string {
  const texts = [description, more]
    .map(withoutLinks)
    .map(commentLines)
    .filter((text) => text.length > 0);
  const lines = texts.flatMap((text, index) => (index === 0 ? text : ["", ...text]));
  if (lines.length === 0) return "";
  const body = lines.map(escapeText).join("\n");
  return `"""${body}${lines.length === 1 ? "" : "\n"}"""`;
}

/** Escapes quotes that could end the docstring: several in a row, and at the ends of lines. */
function escapeText(text: string): string {
  return text
    .replaceAll("\\", "\\\\")
    .replace(/"{2,}|^"|"$/g, (quotes) => quotes.replaceAll('"', '\\"'));
}
