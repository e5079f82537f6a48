import { isObject } from "../../protocol/index.js";
import { type Field, type JsonValue, type Model, type Models, type Type } from "./api-model.js";
import { matchesFormat } from "./wire-formats.js";

/** Removes defaults that are not of their fields' types, like those before a transform. */
export function withFittingDefaults(model: Model, models: Models): Model {
  if (model.kind !== "object") return model;
  const fields = model.fields.map((field): Field =>
    field.default === undefined || fits(field.default, field.type, models)
      ? field
      : { ...field, default: undefined },
  );
  return { ...model, fields };
}

function fits(value: JsonValue, type: Type, models: Models): boolean {
  switch (type.kind) {
    case "unknown":
      return true;
    case "null":
      return value === null;
    case "string":
    case "number":
    case "boolean":
      return typeof value === type.kind;
    case "integer":
      return Number.isInteger(value);
    case "format":
      return typeof value === "string" && matchesFormat(value, type.format);
    case "nullable":
      return value === null || fits(value, type.type, models);
    case "array":
      return isList(value) && value.every((item) => fits(item, type.items, models));
    case "tuple":
      return isList(value) && fitsTuple(value, type, models);
    case "map":
      return isObject(value) && Object.values(value).every((v) => fits(v, type.values, models));
    case "model":
      return fitsModel(value, models.get(type.model)!, models);
  }
}

function fitsTuple(
  values: readonly JsonValue[],
  { items, rest }: Extract<Type, { kind: "tuple" }>,
  models: Models,
): boolean {
  if (values.length < items.length) return false;
  return values.every((value, index) => {
    const type = items[index] ?? rest;
    return type !== undefined && fits(value, type, models);
  });
}

function fitsModel(value: JsonValue, model: Model, models: Models): boolean {
  switch (model.kind) {
    case "enum":
      return model.values.some((known) => known === value);
    case "object":
      return isObject(value);
    case "alias":
      return fits(value, model.type, models);
    case "union":
      return true;
  }
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
