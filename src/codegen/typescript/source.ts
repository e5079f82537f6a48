import type { JsonValue } from "../model/api-model.js";
import { generatedBy } from "../print/generator.js";
import {
  joined,
  list,
  SourceFile,
  type Code,
  type Dialect,
  type Imported,
  type List,
} from "../print/source-file.js";
import { commentLines, preferredQuote, quoted } from "../print/text.js";

/** The symbols of the base client that generated code uses. */
export const runtime = {
  APIClientOptions: codecType("APIClientOptions"),
  ApiSchemas: codecType("ApiSchemas"),
  CallOptions: clientType("CallOptions"),
  CentrifugoRPCClient: clientType("CentrifugoRPCClient"),
  ClientContract: clientType("ClientContract"),
  ClientContractMethod: clientType("ClientContractMethod"),
  RPCError: { name: "RPCError", from: "./rpc/client/index.js" },
  TypedCalls: { name: "TypedCalls", from: "./rpc/client/codec/index.js" },
  UnknownVariant: codecType("UnknownVariant"),
} satisfies Record<string, Imported>;

function clientType(name: string): Imported {
  return { name, from: "./rpc/client/index.js", isType: true };
}

function codecType(name: string): Imported {
  return { name, from: "./rpc/client/codec/index.js", isType: true };
}

const TYPESCRIPT: Dialect = {
  step: "  ",
  gap: "\n\n",
  importLines: (modules) => joined([...modules].map(importLine), "\n"),
};

function importLine([from, symbols]: [string, readonly Imported[]]): Code {
  const isTypes = symbols.every((symbol) => symbol.isType);
  const names = symbols.map(({ name, isType }) => (isType && !isTypes ? `type ${name}` : name));
  return bindings(isTypes ? "import type" : "import", names, from);
}

/** An import or an export of names. */
export function bindings(keyword: string, names: readonly string[], from: string): Code {
  return [`${keyword} `, list("{ ", names, " }"), ` from ${stringLiteral(from)};`];
}

/** A file of `src/`, marked so that formatters and linters leave it alone. */
export function sourceFile(name: string, generatorVersion: string): SourceFile {
  const head = `/**
 * ${generatedBy(generatorVersion)}
 *
 * @noformat
 */
/* eslint-disable */`;
  return new SourceFile(TYPESCRIPT, head, `./${name}.js`);
}

/** `A | B`. */
export function union(items: readonly Code[]): List {
  return { items, separator: " | ", flat: ["", ""], broken: ["", ""] };
}

/** A string literal. */
export function stringLiteral(text: string): string {
  return quoted(text, preferredQuote(text));
}

/** A literal of a text, a number or a boolean. */
export function literal(value: JsonValue): string {
  return typeof value === "string" ? stringLiteral(value) : JSON.stringify(value);
}

/** A property's name, in quotes if necessary. */
export function propertyKey(name: string): string {
  return /^[$_\p{L}\p{Nl}][$_\p{L}\p{Nl}\p{Nd}]*$/u.test(name) ? name : stringLiteral(name);
}

/** A property's name in an object literal, where `__proto__` would be the prototype. */
export function literalKey(name: string): string {
  return name === "__proto__" ? '["__proto__"]' : propertyKey(name);
}

/** A text as one line of a comment. */
export function commentLine(text: string): string {
  return commentLines(text).join(" ");
}

/**
 * A doc comment; empty without a text.
 *
 * @param tags lines like `@default 1` for the end of the comment
 */
export function docComment(description: string | undefined, tags: readonly string[] = []): string {
  const text = commentLines(description).map((line) => line.replace(/^@/, "\\@"));
  const gap = text.length > 0 && tags.length > 0 ? [""] : [];
  const lines = [...text, ...gap, ...tags].map((line) => line.replaceAll("*/", "*\\/"));
  if (lines.length < 2) return lines.map((line) => `/** ${line} */`).join("");
  const body = lines.map((line) => ` * ${line}`.trimEnd());
  return ["/**", ...body, " */"].join("\n");
}
