import type { EnumValue } from "../model/api-model.js";
import { generatedBy } from "../print/generator.js";
import {
  code,
  flatText,
  joined,
  paragraphs,
  SourceFile,
  type Code,
  type Dialect,
  type Imported,
} from "../print/source-file.js";
import { commentLines, quoted, withoutLinks } from "../print/text.js";

/** The packages that generated code uses, by their names there. */
export const pkg = {
  context: { name: "context", from: "context" },
  /** A directive that requires an import without a name. */
  embed: { name: "//go:embed", from: "embed" },
  errors: { name: "errors", from: "errors" },
  fmt: { name: "fmt", from: "fmt" },
  json: { name: "json", from: "encoding/json" },
  rpc: { name: "rpc", from: "apiclient/rpc" },
  time: { name: "time", from: "time" },
  wire: { name: "wire", from: "apiclient/rpc/wire" },
} satisfies Record<string, Imported>;

/** The file with the base client's types under names of this package. */
export const SHARED_TYPES = "./types.go";

/** Nothing is imported from files of the same package. */
const GO: Dialect = {
  step: "\t",
  gap: "\n\n",
  importLines(modules) {
    const paths = [...modules.keys()].filter((path) => path !== SHARED_TYPES);
    const specs = (isIn: (path: string) => boolean) => joined(paths.filter(isIn).map(spec), "\n");
    if (paths.length < 2) return paths.map((path) => `import ${spec(path)}`);
    return code`
import (
	${paragraphs(
    specs((path) => !isOwn(path)),
    specs(isOwn),
  )}
)
`;
  },
};

function isOwn(path: string): boolean {
  return path.startsWith("apiclient/");
}

function spec(path: string): string {
  return `${path === pkg.embed.from ? "_ " : ""}"${path}"`;
}

/**
 * A file of the package to print.
 *
 * @param doc the comment of the package
 */
export function sourceFile(name: string, generatorVersion: string): SourceFile {
  const doc =
    name === "client.go"
      ? "// Package apiclient is the typed client of an API over Centrifugo.\n"
      : "";
  const head = `// ${generatedBy(generatorVersion)}\n\n${doc}package apiclient`;
  return new SourceFile(GO, head, `./${name}`);
}

/** A string literal. A lone surrogate, for which Go has no escape, becomes U+FFFD as in JSON decoders. */
export function stringLiteral(text: string): string {
  return quoted(text.replace(/\p{Cs}/gu, "\ufffd"), '"');
}

/** A literal of a text, a number or a boolean. */
export function scalarLiteral(value: EnumValue): string {
  return typeof value === "string" ? stringLiteral(value) : String(value);
}

/** A paragraph of a comment; {@link Deprecation} is the one that Go's tools look for. */
type Paragraph = string | Deprecation | undefined;

/** Why something is deprecated; "" without a reason. */
interface Deprecation {
  readonly deprecated: string;
}

/** A comment of whole lines; empty without a text. */
export function comment(...texts: readonly Paragraph[]): string {
  const blocks = texts.map(paragraphLines).filter((lines) => lines.length > 0);
  return blocks
    .flatMap((lines, index) => (index === 0 ? lines : ["", ...lines]))
    .map((line) => `// ${line}`.trimEnd())
    .join("\n");
}

function paragraphLines(text: Paragraph): string[] {
  if (typeof text !== "object") return commentLines(withoutLinks(text)).map(inert);
  const [first = "do not use it in new code.", ...more] = commentLines(
    withoutLinks(text.deprecated),
  );
  return [`Deprecated: ${first}`, ...more.map(inert)];
}

/** The text of a doc comment, which begins with the name, as Go's tools expect. */
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

/** A line of a declaration that gofmt aligns in columns. */
export interface Row {
  /** Lines before it; they end the columns above. */
  readonly comment?: string;
  readonly cells: readonly Code[];
}

/** Rows in columns, aligned as by gofmt: a comment starts a new block. */
export function aligned(rows: readonly Row[]): Code {
  const blocks: Row[][] = [];
  for (const row of rows) {
    const block = blocks.at(-1);
    if (block === undefined || row.comment) blocks.push([row]);
    else block.push(row);
  }
  const lines = blocks.flatMap((block) => {
    const widths = block[0]!.cells.map((_, column) =>
      Math.max(...block.map(({ cells }) => lengthOf(cells[column] ?? ""))),
    );
    return block.map(
      (row) => code`
${row.comment ?? ""}
${row.cells.map((cell, column) => [column === 0 ? "" : " ", padded(cell, column, row, widths)])}
`,
    );
  });
  return joined(lines, "\n");
}

function padded(cell: Code, column: number, { cells }: Row, widths: readonly number[]): Code {
  if (column === cells.length - 1) return cell;
  return [cell, " ".repeat(widths[column]! - lengthOf(cell))];
}

/**
 * The braces of a struct literal with a field a line. gofmt sets the values in a column, as long as
 * no name is longer than 40 characters.
 */
export function structLiteral(values: readonly (readonly [name: string, value: Code])[]): Code {
  if (Math.max(...values.map(([name]) => lengthOf(name))) > 40) {
    return [
      "{",
      joined(
        values.map(([name, value]) => [`${name}: `, value]),
        ", ",
      ),
      "}",
    ];
  }
  const rows = values.map(([name, value]) => ({ cells: [`${name}:`, [value, ","]] }));
  return code`
{
	${aligned(rows)}
}
`;
}

function lengthOf(cell: Code): number {
  return Array.from(flatText(cell)).length;
}
