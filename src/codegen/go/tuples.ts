import { withoutNil } from "./encoding.js";
import type { GoApi } from "./go-api.js";
import { aligned, comment, modelDoc } from "./source.js";
import type { TupleType } from "./tuple-places.js";
import { goType } from "./types.js";

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
  return `${doc}type ${name} ${body}

// MarshalJSON writes the array.
func (t ${name}) MarshalJSON() ([]byte, error) {
${changes(type, go)}	return wire.MarshalTuple${type.rest === undefined ? "[any](nil" : "(t.Rest"}${places.map((place) => `, t.${place.name}`).join("")})
}

// UnmarshalJSON reads the array.
func (t *${name}) UnmarshalJSON(data []byte) error {
	return wire.UnmarshalTuple${type.rest === undefined ? "[any](data, nil" : "(data, &t.Rest"}${places.map((place) => `, &t.${place.name}`).join("")})
}
`;
}

function changes(type: TupleType, go: GoApi): string {
  const items = type.items.map((item, index) => [
    `t.F${index}`,
    withoutNil(`t.F${index}`, item, go),
  ]);
  const { rest } = type;
  const list = rest && withoutNil("t.Rest", { kind: "array", items: rest }, go, true);
  return [...items, ["t.Rest", list]]
    .flatMap(([place, changed]) =>
      changed === undefined ? [] : [`\t${place} = ${changed.replaceAll("\n", "\n\t")}\n`],
    )
    .join("");
}
