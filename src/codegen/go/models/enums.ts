import type { EnumModel } from "../../model/api-model.js";
import type { GoApi } from "../go-api.js";
import { aligned, comment, modelDoc, scalarLiteral } from "../source.js";
import { enumBase } from "../types.js";

/** The type of an enum and its constants. */
export function enumText(model: EnumModel, go: GoApi): string {
  const name = go.names.type(model.name);
  const constants = model.values.map((value) => go.names.constant(model, value));
  const rows = model.values.map((value, index) => ({
    comment: "",
    cells: [constants[index]!, name, `= ${scalarLiteral(value)}`],
  }));
  const newer = model.open ? " A newer server may send others." : "";
  return `${comment("", modelDoc(name, model.description))}type ${name} ${enumBase(model)}

// The values of ${name}.${newer}
const (
${aligned(rows)})

// Valid reports whether v is one of the values above.
func (v ${name}) Valid() bool {
${validBody(constants)}}
`;
}

function validBody(constants: readonly string[]): string {
  if (constants.length === 1) return `\treturn v == ${constants[0]}\n`;
  return `	switch v {
	case ${constants.join(", ")}:
		return true
	}
	return false
`;
}
