import { innerTypes, type Type, type WireFormat } from "../model/api-model.js";

/** The formats whose values are texts in TypeScript as well. */
const TEXT_FORMATS: ReadonlySet<WireFormat> = new Set([
  "date",
  "date-time",
  "decimal",
  "duration",
  "time",
  "uuid",
]);

/** The formats of the texts in a type, in their order: its TypeScript type does not tell them. */
export function textFormatsIn(type: Type): WireFormat[] {
  const own = type.kind === "format" && TEXT_FORMATS.has(type.format) ? [type.format] : [];
  return [...new Set([...own, ...innerTypes(type).flatMap(textFormatsIn)])];
}
