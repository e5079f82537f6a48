import type { Field, ObjectModel, Type } from "../../model/api-model.js";
import { hasPlainDefault } from "./defaults.js";
import type { Code } from "../../print/source-file.js";
import type { GoApi } from "../go-api.js";
import { goType, isNilable, shared, withoutNull } from "../types.js";

/** A property as a field of a struct. */
export interface GoField {
  readonly field: Field;
  readonly name: string;
  readonly type: Code;
  /** The option of the struct tag that omits it without a value; `undefined` if it always has one. */
  readonly omission: "omitempty" | "omitzero" | undefined;
  /** The type in the field's `Optional`, if it is one. */
  readonly optional: Type | undefined;
}

/** The fields of a struct. */
export function goFields(model: ObjectModel, go: GoApi): GoField[] {
  const names = go.names.fields(model);
  return model.fields.map((field) => {
    const name = names.get(field.name)!;
    if (field.required || hasPlainDefault(field, go.models)) {
      return {
        field,
        name,
        type: goType(field.type, go),
        omission: undefined,
        optional: undefined,
      };
    }
    return { field, name, ...optionalField(field.type, go) };
  });
}

/** `omitzero` sends an empty list, but not nil. */
function optionalField(type: Type, go: GoApi): Pick<GoField, "type" | "omission" | "optional"> {
  const optional = withoutNull(type, go.models);
  if (optional !== undefined) {
    return {
      type: [shared.Optional, "[", goType(optional, go), "]"],
      omission: "omitzero",
      optional,
    };
  }
  return isNilable(type, go.models)
    ? { type: goType(type, go), omission: "omitzero", optional }
    : { type: ["*", goType(type, go)], omission: "omitempty", optional };
}
