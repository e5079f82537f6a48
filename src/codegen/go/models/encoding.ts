import { unreachable, type Type } from "../../model/api-model.js";
import type { GoField } from "./fields.js";
import type { GoApi } from "../go-api.js";
import { goType, isNilable, isOwnType } from "../types.js";

/**
 * The Go expression for `value` with empty lists, maps and bytes in place of nil ones, which would
 * be sent as null; `undefined` where that changes nothing. Null stays where the type allows it.
 */
export function withoutNil(
  value: string,
  type: Type,
  go: GoApi,
  nilAllowed = false,
): string | undefined {
  switch (type.kind) {
    case "array": {
      const items = eachOf("EachItem", value, type.items, go);
      return nilAllowed ? items : `wire.List(${items ?? value})`;
    }
    case "map": {
      const values = eachOf("EachValue", value, type.values, go);
      return nilAllowed ? values : `wire.Map(${values ?? value})`;
    }
    case "format": {
      const isBytes = type.format === "base64" || type.format === "base64url";
      return isBytes && !nilAllowed ? `wire.List(${value})` : undefined;
    }
    case "nullable":
      return isNilable(type.type, go.models) ? withoutNil(value, type.type, go, true) : undefined;
    case "model": {
      const model = go.models.get(type.model)!;
      const isOther = model.kind !== "alias" || isOwnType(model);
      return isOther ? undefined : withoutNil(value, model.type, go, nilAllowed);
    }
    case "string":
    case "integer":
    case "number":
    case "boolean":
    case "null":
    case "unknown":
    case "tuple":
      return undefined;
    default:
      return unreachable(type);
  }
}

/** The same for a field of a struct. */
export function fieldWithoutNil(value: string, { field, optional }: GoField, go: GoApi) {
  return optional === undefined
    ? withoutNil(value, field.type, go, !field.required)
    : eachOf("EachOptional", value, optional, go);
}

function eachOf(each: string, value: string, inner: Type, go: GoApi): string | undefined {
  const changed = withoutNil("v", inner, go);
  if (changed === undefined) return undefined;
  const type = goType(inner, go);
  const change = /^(wire\.\w+)\(v\)$/.exec(changed)?.[1];
  const body = changed.replaceAll("\n", "\n\t");
  return `wire.${each}(${value}, ${change ?? `func(v ${type}) ${type} {\n\treturn ${body}\n}`})`;
}
