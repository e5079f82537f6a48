import { behindAlias, type EnumModel, type Field, type Type } from "../../model/api-model.js";
import type { GoApi } from "../go-api.js";
import { scalarLiteral } from "../source.js";
import { isBoolean } from "../types.js";

/** The enum of a type with only one value, which callers need not set. */
export function constantType(type: Type, go: GoApi): EnumModel | undefined {
  const known = behindAlias(type, go.models);
  const model = known.kind === "model" ? go.models.get(known.model) : undefined;
  return model?.kind === "enum" && model.values.length === 1 ? model : undefined;
}

/** The same for a required field; callers set an optional one to send it. */
export function constantOf(field: Field, go: GoApi): EnumModel | undefined {
  return field.required ? constantType(field.type, go) : undefined;
}

/** The expression for a constant. */
export function constantValue(model: EnumModel, go: GoApi): string {
  const value = model.values[0]!;
  return isBoolean(model) ? scalarLiteral(value) : go.names.constant(model, value);
}

/** The statements that replace a zero value with a constant. */
export function constantChange(place: string, constant: EnumModel, go: GoApi): string[] {
  const value = constantValue(constant, go);
  if (constant.values[0] === false) return [];
  if (constant.values[0] === true) return [`${place} = true`];
  const zero = zeroOf(constant);
  if (scalarLiteral(constant.values[0]!) === zero) return [];
  return [`if ${place} == ${zero} {\n\t${place} = ${value}\n}`];
}

function zeroOf({ base }: EnumModel): string {
  switch (base) {
    case "string":
      return '""';
    case "integer":
    case "number":
      return "0";
    case "boolean":
      return "false";
  }
}
