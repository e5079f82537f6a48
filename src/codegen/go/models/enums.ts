import type { EnumModel } from "../../model/api-model.js";
import { code, type Code } from "../../print/source-file.js";
import type { GoApi } from "../go-api.js";
import { aligned, comment, modelDoc, scalarLiteral } from "../source.js";
import { enumBase } from "../types.js";

/** The type of an enum and its constants. */
export function enumCode(model: EnumModel, go: GoApi): Code {
  const name = go.names.type(model.name);
  const constants = model.values.map((value) => go.names.constant(model, value));
  const rows = model.values.map((value, index) => ({
    cells: [constants[index]!, name, `= ${scalarLiteral(value)}`],
  }));
  return code`
${comment(modelDoc(name, model.description))}
type ${name} ${enumBase(model)}

// The values of ${name}.${model.open ? " A newer server may send others." : ""}
const (
	${aligned(rows)}
)

// Valid reports whether v is one of the values above.
func (v ${name}) Valid() bool {
	${validBody(constants)}
}
`;
}

function validBody(constants: readonly string[]): Code {
  if (constants.length === 1) return `return v == ${constants[0]}`;
  return code`
switch v {
case ${constants.join(", ")}:
	return true
}
return false
`;
}
