import {
  innerTypes,
  type ApiModel,
  type Field,
  type JsonValue,
  type Model,
  type ObjectModel,
  type Type,
  type WireFormat,
} from "../model/api-model.js";
import { code, joined, type Code, type SourceFile } from "../print/source-file.js";
import { jsonText } from "../print/text.js";
import { docComment, propertyKey } from "./source.js";
import type { TypePrinter } from "./types.js";

/** Prints `src/models.ts`. */
export function printModels(file: SourceFile, api: ApiModel, types: TypePrinter): void {
  const declared = api.models.filter((model) => types.isDeclared(model));
  // A file without exports is not a module.
  if (declared.length === 0) file.print("export {};");
  for (const model of declared) file.print(declaration(model, types));
}

function declaration(model: Model, types: TypePrinter): Code {
  const name = types.name(model);
  if (model.kind === "object") return objectType(model, types);
  const formats = model.kind === "alias" ? textFormatsIn(model.type) : [];
  return code`
${docComment(model.description, formats.map(formatTag))}
export type ${name} = ${types.definition(model)};
`;
}

function objectType(model: ObjectModel, types: TypePrinter): Code {
  const doc = docComment(model.description);
  const name = types.name(model);
  const members = model.fields.map((field) => property(field, types));
  if (model.rest !== undefined) {
    members.push(code`[key: string]: ${types.restValues(model, model.rest)};`);
  }
  // An interface without members would accept any value.
  if (members.length === 0) {
    return code`
${doc}
export type ${name} = Record<string, never>;
`;
  }
  return code`
${doc}
export interface ${name} {
  ${joined(members, "\n")}
}
`;
}

function property(field: Field, types: TypePrinter): Code {
  const tags = [
    ...(field.deprecated ? ["@deprecated"] : []),
    ...textFormatsIn(field.type).map(formatTag),
    ...(field.default === undefined ? [] : [`@default ${defaultText(field.default, field.type)}`]),
  ];
  return code`
${docComment(field.description, tags)}
${propertyKey(field.name)}${field.required ? "" : "?"}: ${types.type(field.type)};
`;
}

/** The formats whose values are strings in TypeScript. */
const TEXT_FORMATS: ReadonlySet<WireFormat> = new Set([
  "date",
  "date-time",
  "decimal",
  "duration",
  "time",
  "uuid",
]);

/** The formats in a type that its TypeScript type does not show, in order. */
function textFormatsIn(type: Type): WireFormat[] {
  const own = type.kind === "format" && TEXT_FORMATS.has(type.format) ? [type.format] : [];
  return [...new Set([...own, ...innerTypes(type).flatMap(textFormatsIn)])];
}

function formatTag(format: string): string {
  return `@format ${format}`;
}

function defaultText(value: JsonValue, type: Type): string {
  if (type.kind === "nullable" && value !== null) return defaultText(value, type.type);
  const isBigint = type.kind === "format" && (type.format === "int64" || type.format === "uint64");
  return isBigint ? `${value as string}n` : jsonText(value);
}
