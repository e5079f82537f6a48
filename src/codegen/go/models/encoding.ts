import { type Type } from "../../model/api-model.js";
import { code, type Code } from "../../print/source-file.js";
import type { GoApi } from "../go-api.js";
import { pkg } from "../source.js";
import { goType, isBytes, isNilable, isOwnType } from "../types.js";
import type { GoField } from "./struct-fields.js";

/** A change of a value. */
interface Change {
  /** The expression for a changed value. */
  readonly of: (value: Code) => Code;
  /** The function that changes values, if one function is enough. */
  readonly by?: Code;
}

/**
 * The Go expression for `value` with empty lists, maps and bytes in place of nil, which would be sent
 * as null; `undefined` if there are none. If the type allows null, nil stays.
 */
export function withoutNil(
  value: Code,
  type: Type,
  go: GoApi,
  nilAllowed = false,
): Code | undefined {
  return changeOf(type, go, nilAllowed)?.of(value);
}

function changeOf(type: Type, go: GoApi, nilAllowed = false): Change | undefined {
  switch (type.kind) {
    case "array":
      return filled([pkg.wire, ".List"], changeOfEach("EachItem", type.items, go), nilAllowed);
    case "map":
      return filled([pkg.wire, ".Map"], changeOfEach("EachValue", type.values, go), nilAllowed);
    case "format":
      return isBytes(type) ? filled([pkg.wire, ".List"], undefined, nilAllowed) : undefined;
    case "nullable":
      return isNilable(type.type, go.models) ? changeOf(type.type, go, true) : undefined;
    case "model": {
      const model = go.models.get(type.model)!;
      const isOther = model.kind !== "alias" || isOwnType(model);
      return isOther ? undefined : changeOf(model.type, go, nilAllowed);
    }
    case "string":
    case "integer":
    case "number":
    case "boolean":
    case "null":
    case "unknown":
    case "tuple":
      return undefined;
  }
}

/** Changes the items, then applies the function `fill`, which replaces nil with an empty value. */
function filled(fill: Code, inner: Change | undefined, nilAllowed: boolean): Change | undefined {
  if (nilAllowed) return inner;
  if (inner === undefined) return { of: (value) => [fill, "(", value, ")"], by: fill };
  return { of: (value) => [fill, "(", inner.of(value), ")"] };
}

/** The same for a field of a struct. */
export function fieldWithoutNil(
  value: Code,
  { field, optional }: GoField,
  go: GoApi,
): Code | undefined {
  return optional === undefined
    ? withoutNil(value, field.type, go, !field.required)
    : changeOfEach("EachOptional", optional, go)?.of(value);
}

function changeOfEach(each: string, inner: Type, go: GoApi): Change | undefined {
  const change = changeOf(inner, go);
  if (change === undefined) return undefined;
  const type = goType(inner, go);
  const by =
    change.by ??
    code`
func(v ${type}) ${type} {
	return ${change.of("v")}
}
`;
  return { of: (value) => [pkg.wire, `.${each}(`, value, ", ", by, ")"] };
}
