import type { AliasModel } from "../../model/api-model.js";
import { withoutNil } from "./encoding.js";
import type { GoApi } from "../go-api.js";
import { comment, modelDoc } from "../source.js";
import { tupleText } from "./tuples.js";
import { goType, isOwnType } from "../types.js";

/** Another name for a type, or a list or a map that contains itself. */
export function aliasText(model: AliasModel, go: GoApi): string {
  const name = go.names.type(model.name);
  if (model.type.kind === "tuple") return tupleText(model.type, name, model, go);
  const doc = comment("", modelDoc(name, model.description));
  const type = goType(model.type, go);
  if (!isOwnType(model)) return `${doc}type ${name} = ${type}\n`;
  const changed = withoutNil(`${type}(v)`, model.type, go);
  const declaration = `${doc}type ${name} ${type}\n`;
  return changed === undefined
    ? declaration
    : `${declaration}
// MarshalJSON writes empty lists and maps for nil ones.
func (v ${name}) MarshalJSON() ([]byte, error) {
	return wire.Marshal(${changed.replaceAll("\n", "\n\t")})
}
`;
}
