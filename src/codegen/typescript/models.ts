import type { ApiModel, Field, Model, Models, ObjectModel } from "../api-model.js";
import { jsonText } from "../text.js";
import { docComment, print, propertyKey } from "./source.js";
import { aliasAfterSign, typeAfterSign } from "./types.js";

/** Whether a model is exported: the other enums and unions stand in place. */
export function isExported(model: Model): boolean {
  return model.kind === "object" || model.explicit;
}

/** The text of `src/models.ts`. */
export function modelsFile(api: ApiModel, models: Models): string {
  return api.models
    .filter(isExported)
    .map((model) => declaration(model, models))
    .join("\n");
}

function declaration(model: Model, models: Models): string {
  const doc = docComment(0, model.description);
  if (model.kind === "object") return doc + interfaceOf(model, models);
  return `${doc}${print(`export type ${model.name} =`, [aliasAfterSign(model, models), ";"])}\n`;
}

function interfaceOf(model: ObjectModel, models: Models): string {
  const head = `export interface ${model.name} {`;
  if (model.fields.length === 0) return `${head}}\n`;
  const fields = model.fields.map((field) => property(field, models)).join("");
  return `${head}\n${fields}}\n`;
}

function property(field: Field, models: Models): string {
  const tags = field.default === undefined ? [] : [`@default ${jsonText(field.default)}`];
  const head = `${propertyKey(field.name)}${field.required ? "" : "?"}:`;
  const text = print(head, [typeAfterSign(field.type, models), ";"], 1);
  return `${docComment(1, field.description, tags)}${text}\n`;
}
