import type { Type } from "../../model/api-model.js";
import { code, joined, type Code } from "../../print/source-file.js";
import type { GoApi } from "../go-api.js";
import type { TupleType } from "../names/tuple-places.js";
import { aligned, comment, modelDoc, pkg, type Row } from "../source.js";
import { goType } from "../types.js";
import { constantChange, constantType } from "./constants.js";
import { withoutNil } from "./encoding.js";

/** The struct of a tuple. */
export function tupleCode(
  type: TupleType,
  name: string,
  description: string | undefined,
  go: GoApi,
): Code {
  const places = type.items.map((item, index) => ({ name: `F${index}`, type: item }));
  const rows = places.map((place): Row => ({ cells: [place.name, goType(place.type, go)] }));
  if (type.rest !== undefined) {
    const text = rows.length === 0 ? "" : comment("What follows.");
    rows.push({ comment: text, cells: ["Rest", ["[]", goType(type.rest, go)]] });
  }
  const all = (sign: string) => places.map((place) => `, ${sign}t.${place.name}`).join("");
  const body = code`
struct {
	${aligned(rows)}
}
`;
  const [written, read] =
    type.rest === undefined ? ["[any](nil", "[any](data, nil"] : ["(t.Rest", "(data, &t.Rest"];
  return code`
${comment(modelDoc(name, description) ?? `${name} is an array on the wire.`)}
type ${name} ${rows.length === 0 ? "struct{}" : body}

// MarshalJSON writes the array.
func (t ${name}) MarshalJSON() ([]byte, error) {
	${joined(changes(type, go), "\n")}
	return ${pkg.wire}.MarshalTuple${written}${all("")})
}

// UnmarshalJSON reads the array.
func (t *${name}) UnmarshalJSON(data []byte) error {
	return ${pkg.wire}.UnmarshalTuple${read}${all("&")})
}
`;
}

/** Statements that change the items to values that the server accepts. */
function changes(type: TupleType, go: GoApi): Code[] {
  const statements = type.items.flatMap((item, index) => placeChange(`t.F${index}`, item, go));
  if (type.rest !== undefined) {
    const changed = withoutNil("t.Rest", { kind: "array", items: type.rest }, go, true);
    if (changed !== undefined) statements.push(["t.Rest = ", changed]);
  }
  return statements;
}

function placeChange(place: string, type: Type, go: GoApi): Code[] {
  const constant = constantType(type, go);
  if (constant !== undefined) return constantChange(place, constant, go);
  const changed = withoutNil(place, type, go);
  return changed === undefined ? [] : [[`${place} = `, changed]];
}
