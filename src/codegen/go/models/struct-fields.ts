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
  /** What of the struct tag leaves it out when it has no value; `undefined` when it always has one. */
  readonly omission: "omitempty" | "omitzero" | undefined;
  /** The type in the `Optional` that the field is, if it is one. */
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

/** An empty list is a value and is sent, nil is not: `omitzero` tells them apart. */
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
