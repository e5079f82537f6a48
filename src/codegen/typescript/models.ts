import {
  type ApiModel,
  type Field,
  type JsonValue,
  type Model,
  type ObjectModel,
  type Type,
} from "../model/api-model.js";
import { group, indent, line, softline, type Layout } from "../print/layout.js";
import { jsonText } from "../print/text.js";
import { docComment, importTypes, print, propertyKey } from "./source.js";
import { textFormatsIn } from "./text-formats.js";
import { UNKNOWN_VARIANT, type TypePrinter } from "./types.js";

/** The type of an object without fields, after the `=`. */
const NO_FIELDS: Layout = [
  group(indent(line)),
  group("Record<", indent(softline, "string,", line, "never"), softline, ">"),
];

/** The text of `src/models.ts`. */
export function modelsFile(api: ApiModel, types: TypePrinter): string {
  const isOpen = api.models.some((model) => model.kind === "union" && model.open);
  const imports = importTypes(isOpen ? [UNKNOWN_VARIANT] : [], "./rpc/client/codec/index.js");
  const declarations = api.models
    .filter((model) => types.isDeclared(model))
    .map((model) => declaration(model, types));
  // A file without an export would be no module.
  if (declarations.length === 0) return "export {};\n";
  return [imports, ...declarations].filter(Boolean).join("\n");
}

function declaration(model: Model, types: TypePrinter): string {
  const name = types.identifier(model.name);
  if (model.kind === "object") return docComment(0, model.description) + objectType(model, types);
  const formats = model.kind === "alias" ? textFormatsIn(model.type) : [];
  const doc = docComment(0, model.description, formats.map(formatTag));
  return `${doc}${print(`export type ${name} =`, [types.afterEquals(model), ";"])}\n`;
}

function objectType(model: ObjectModel, types: TypePrinter): string {
  const name = types.identifier(model.name);
  const fields = model.fields.map((field) => property(field, types));
  const rest =
    model.rest === undefined
      ? []
      : [`${print("", [types.indexSignature(model, model.rest), ";"], 1)}\n`];
  const members = [...fields, ...rest];
  // An interface without members would take anything.
  if (members.length === 0) return `${print(`export type ${name} =`, [NO_FIELDS, ";"])}\n`;
  return `export interface ${name} {\n${members.join("")}}\n`;
}

function property(field: Field, types: TypePrinter): string {
  const tags = [
    ...(field.deprecated ? ["@deprecated"] : []),
    ...textFormatsIn(field.type).map(formatTag),
    ...(field.default === undefined ? [] : [`@default ${defaultText(field.default, field.type)}`]),
  ];
  const head = `${propertyKey(field.name)}${field.required ? "" : "?"}:`;
  const text = print(head, [types.afterColon(field.type), ";"], 1);
  return `${docComment(1, field.description, tags)}${text}\n`;
}

function formatTag(format: string): string {
  return `@format ${format}`;
}

function defaultText(value: JsonValue, type: Type): string {
  if (type.kind === "nullable" && value !== null) return defaultText(value, type.type);
  const isBigint = type.kind === "format" && (type.format === "int64" || type.format === "uint64");
  return isBigint ? `${value as string}n` : jsonText(value);
}
