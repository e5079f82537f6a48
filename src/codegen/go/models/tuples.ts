import type { Type } from "../../model/api-model.js";
import { constantChange, constantType } from "./constants.js";
import { withoutNil } from "./encoding.js";
import type { GoApi } from "../go-api.js";
import { aligned, comment, modelDoc } from "../source.js";
import type { TupleType } from "../names/tuple-places.js";
import { goType } from "../types.js";

/**
 * The struct of an array whose places have types of their own.
 *
 * @param of what is said of it, when it has a name of its author
 */
export function tupleText(
  type: TupleType,
  name: string,
  of: { readonly description: string | undefined } | undefined,
  go: GoApi,
): string {
  const places = type.items.map((item, index) => ({ name: `F${index}`, type: item }));
  const rows = places.map((place) => ({
    comment: "",
    cells: [place.name, goType(place.type, go)],
  }));
  if (type.rest !== undefined) {
    rows.push({
      comment: comment("\t", rows.length === 0 ? undefined : "What follows."),
      cells: ["Rest", `[]${goType(type.rest, go)}`],
    });
  }
  const doc = comment(
    "",
    modelDoc(name, of?.description),
    of?.description ? undefined : `${name} is an array on the wire.`,
  );
  const body = rows.length === 0 ? "struct{}" : `struct {\n${aligned(rows)}}`;
  const list = (sign: string) => places.map((place) => `, ${sign}t.${place.name}`).join("");
  const hasRest = type.rest !== undefined;
  return `${doc}type ${name} ${body}

// MarshalJSON writes the array.
func (t ${name}) MarshalJSON() ([]byte, error) {
${changes(type, go)}	return wire.MarshalTuple${hasRest ? "(t.Rest" : "[any](nil"}${list("")})
}

// UnmarshalJSON reads the array.
func (t *${name}) UnmarshalJSON(data []byte) error {
	return wire.UnmarshalTuple${hasRest ? "(data, &t.Rest" : "[any](data, nil"}${list("&")})
}
`;
}

/** Statements that bring the places into a form that a server takes. */
function changes(type: TupleType, go: GoApi): string {
  const statements = type.items.flatMap((item, index) => placeChange(`t.F${index}`, item, go));
  if (type.rest !== undefined) {
    const changed = withoutNil("t.Rest", { kind: "array", items: type.rest }, go, true);
    if (changed !== undefined) statements.push(`t.Rest = ${changed}`);
  }
  return statements.map((text) => `\t${text.replaceAll("\n", "\n\t")}\n`).join("");
}

function placeChange(place: string, type: Type, go: GoApi): string[] {
  const constant = constantType(type, go);
  if (constant !== undefined) return constantChange(place, constant, go);
  const changed = withoutNil(place, type, go);
  return changed === undefined ? [] : [`${place} = ${changed}`];
}
