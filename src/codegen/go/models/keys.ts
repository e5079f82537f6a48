import type { ObjectModel } from "../../model/api-model.js";
import { code, type Code } from "../../print/source-file.js";
import { jsonText } from "../../print/text.js";
import type { GoField } from "./struct-fields.js";
import type { GoApi } from "../go-api.js";
import { pkg, stringLiteral } from "../source.js";

/** The keys that encoding/json takes in a struct tag; "-" would be taken for no key at all. */
const TAG_KEY = /^(?!-$)[\p{L}\p{Nd}!#$%&()*+\-./:;<=>?@[\]^_{|}~ ]+$/u;

/**
 * Whether encoding/json cannot be told the keys: because of their characters, because it takes keys
 * that differ by case for the same, or because other keys have a meaning as well.
 */
export function needsExactKeys({ fields, rest }: ObjectModel): boolean {
  const folded = new Set(fields.map(({ name }) => name.toUpperCase().toLowerCase()));
  return (
    rest !== undefined ||
    folded.size < fields.length ||
    fields.some(({ name }) => !TAG_KEY.test(name))
  );
}

/** The tag of a field: for encoding/json, and for readers where it is not used. */
export function structTag({ field, omission }: GoField): string {
  if (!TAG_KEY.test(field.name)) return '`json:"-"`';
  return `\`json:"${field.name}${omission === undefined ? "" : `,${omission}`}"\``;
}

/** A sentence with the key of a field whose tag cannot hold it. */
export function keyText({ field }: GoField): string | undefined {
  return TAG_KEY.test(field.name) ? undefined : `Its key is ${jsonText(field.name)}.`;
}

/**
 * The encoding of a struct whose keys encoding/json cannot be told.
 *
 * @param changes statements before the encoding
 */
export function exactCodec(
  model: ObjectModel,
  fields: readonly GoField[],
  changes: Code,
  go: GoApi,
): Code {
  const type = go.names.type(model.name);
  const rest = `m.${go.names.restField(model)}`;
  const [written, read] =
    model.rest === undefined
      ? ["[any](m.fields(), nil)", "[any](data, m.fields(), nil)"]
      : [`(m.fields(), ${rest})`, `(data, m.fields(), &${rest})`];
  return code`
// MarshalJSON writes the fields under their exact keys.
func (m ${type}) MarshalJSON() ([]byte, error) {
	${changes}
	return ${pkg.wire}.MarshalObject${written}
}

// UnmarshalJSON reads the fields by their exact keys.
func (m *${type}) UnmarshalJSON(data []byte) error {
	return ${pkg.wire}.UnmarshalObject${read}
}

func (m *${type}) fields() []${pkg.wire}.Field {
	return []${pkg.wire}.Field{${fields.map(fieldLine)}${fields.length === 0 ? "" : "\n"}}
}
`;
}

function fieldLine({ field, name, omission }: GoField): string {
  const optional = omission === undefined ? "" : ", Optional: true";
  return `\n\t{Key: ${stringLiteral(field.name)}, Value: &m.${name}${optional}},`;
}
