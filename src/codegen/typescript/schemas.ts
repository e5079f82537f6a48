import type { ApiModel, JsonValue } from "../model/api-model.js";
import { code, joined, type Code, type SourceFile } from "../print/source-file.js";
import { tableOf, WireTable } from "../print/wire-table.js";
import type { Names } from "./names.js";
import { literal, literalKey, runtime } from "./source.js";
import type { TypePrinter } from "./types.js";

/**
 * Prints `src/schemas.ts`: the API as data that the base client's codec reads
 * (src/client/codec/schema.ts), one line for each method, declared model and error.
 */
export function printSchemas(
  file: SourceFile,
  api: ApiModel,
  names: Names,
  types: TypePrinter,
): void {
  const table = new WireTable(api.byName, (model) => types.isDeclared(model));
  const methods = api.methods.map(({ name, params, result, errors }) => {
    const row = tableOf([
      ["params", table.optional(params)],
      ["result", table.optional(result)],
      ["errors", errors.length === 0 ? undefined : errors],
    ]);
    return entry(name, typed(name, row, "methods"));
  });
  const models = api.models
    .filter((model) => types.isDeclared(model))
    .map((model) => entry(model.name, tableLiteral(table.model(model))));
  const errors = api.errors.map((error) => {
    const { code: number, name, details } = error;
    const row = details === undefined ? "" : `details: ${tableLiteral(table.type(details))}, `;
    return entry(name, code`{ code: ${String(number)}, ${row}type: ${names.error(error)} }`);
  });
  file.print(code`
/** The types of all that travels, for the codec. */
export const schemas: ${runtime.ApiSchemas} = {
  ${section("methods", methods)}
  ${section("models", models)}
  ${section("errors", errors)}
};
`);
}

function section(name: string, entries: readonly Code[]): Code {
  if (entries.length === 0) return `${name}: {},`;
  return code`
${name}: {
  ${joined(entries, "\n")}
},
`;
}

function entry(key: string, value: Code): Code {
  return [`${literalKey(key)}: `, value, ","];
}

/** JSON as an expression on one line. */
function tableLiteral(value: JsonValue): string {
  if (value === null || typeof value !== "object") return literal(value);
  if (isList(value)) return `[${value.map(tableLiteral).join(", ")}]`;
  const entries = Object.entries(value).map(
    ([key, inner]) => `${literalKey(key)}: ${typed(key, inner, "models")}`,
  );
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

/** Without a type, TypeScript takes a key like `toString` for the member of all objects. */
function typed(key: string, value: JsonValue, section: "methods" | "models"): string {
  const text = tableLiteral(value);
  const isInherited = key in Object.prototype && key !== "__proto__";
  return isInherited && text.startsWith("{")
    ? `${text} satisfies ApiSchemas["${section}"][string]`
    : text;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
