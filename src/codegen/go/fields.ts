import type { EnumModel, Field, JsonValue, Models, ObjectModel, Type } from "../api-model.js";
import { fieldName } from "./identifiers.js";
import { goType, isNilable } from "./types.js";

/** How a property stands in a struct. */
export interface GoField {
  readonly field: Field;
  readonly name: string;
  readonly type: string;
  readonly tag: string;
}

/** The fields of a struct. */
export function goFields(model: ObjectModel, models: Models): GoField[] {
  return model.fields.map((field) => {
    const pointer = isPointer(field) || isRecursive(model, field, models);
    return {
      field,
      name: fieldName(field.name),
      type: (pointer ? "*" : "") + goType(field.type, models),
      tag: tagOf(field),
    };
  });
}

/**
 * Whether a field always has a value of its own, its default where nothing else was set: the
 * defaults that a constructor can fill in. Others are left to the server.
 */
export function hasPlainDefault(field: Field): boolean {
  return isScalar(field.default) && field.type.kind !== "nullable" && field.type.kind !== "unknown";
}

/** Whether a model has a constructor: only there defaults have to be filled in. */
export function hasConstructor(model: ObjectModel): boolean {
  return model.fields.some(hasPlainDefault);
}

/** The enum of a required field that has only one value, which nobody needs to write. */
export function constantOf(field: Field, models: Models): EnumModel | undefined {
  if (!field.required || field.type.kind !== "model") return undefined;
  const model = models.get(field.type.model);
  return model?.kind === "enum" && model.values.length === 1 ? model : undefined;
}

function isScalar(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null && typeof value !== "object";
}

function isPointer(field: Field): boolean {
  return !field.required && !hasPlainDefault(field) && !isNilable(field.type);
}

function tagOf(field: Field): string {
  const key = field.name === "-" ? "-," : field.name;
  return `\`json:"${key}${omission(field)}"\``;
}

/** An empty list is a value and is sent, nil is not: `omitzero` tells them apart. */
function omission(field: Field): string {
  if (field.required || hasPlainDefault(field)) return "";
  const isPointed = field.type.kind === "nullable" ? !isNilable(field.type.type) : isPointer(field);
  return isPointed ? ",omitempty" : ",omitzero";
}

/** Whether the struct would contain itself. */
function isRecursive(model: ObjectModel, field: Field, models: Models): boolean {
  const seen = new Set<string>();
  const open = containedIn(field.type, models);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === model) return true;
    if (seen.has(next.name)) continue;
    seen.add(next.name);
    const plain = next.fields.filter((inner) => !isPointer(inner));
    open.push(...plain.flatMap((inner) => containedIn(inner.type, models)));
  }
  return false;
}

function containedIn(type: Type, models: Models): ObjectModel[] {
  const model = type.kind === "model" ? models.get(type.model) : undefined;
  return model?.kind === "object" ? [model] : [];
}
