import type { AliasModel } from "../../model/api-model.js";
import { code, paragraphs, type Code } from "../../print/source-file.js";
import type { GoApi } from "../go-api.js";
import { comment, modelDoc, pkg } from "../source.js";
import { goType, isOwnType } from "../types.js";
import { withoutNil } from "./encoding.js";
import { tupleCode } from "./tuples.js";

/** An alias of a type, or a list or map type that contains itself. */
export function aliasCode(model: AliasModel, go: GoApi): Code {
  const name = go.names.type(model.name);
  if (model.type.kind === "tuple") return tupleCode(model.type, name, model.description, go);
  const type = goType(model.type, go);
  const isOwn = isOwnType(model);
  const changed = isOwn && withoutNil([type, "(v)"], model.type, go);
  return paragraphs(
    code`
${comment(modelDoc(name, model.description))}
type ${name} ${isOwn ? "" : "= "}${type}
`,
    changed
      ? code`
// MarshalJSON writes empty lists and maps for nil ones.
func (v ${name}) MarshalJSON() ([]byte, error) {
	return ${pkg.wire}.Marshal(${changed})
}
`
      : "",
  );
}
