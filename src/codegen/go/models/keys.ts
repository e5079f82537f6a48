import type { ObjectModel } from "../../model/api-model.js";
import { code, type Code } from "../../print/source-file.js";
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

/** The tag of a field: encoding/json reads `json`, and `wire.Fields` reads the keys it cannot have. */
export function structTag({ field, omission }: GoField): string {
  if (TAG_KEY.test(field.name)) {
    return `\`json:"${field.name}${omission === undefined ? "" : `,${omission}`}"\``;
  }
  const optional = omission === undefined ? "" : ' optional:"true"';
  const tag = `json:"-" wire:${stringLiteral(field.name)}${optional}`;
  return tag.includes("`") ? stringLiteral(tag) : `\`${tag}\``;
}

/**
 * The encoding of a struct whose keys encoding/json cannot be told.
 *
 * @param changes statements before the encoding
 */
export function exactCodec(model: ObjectModel, changes: Code, go: GoApi): Code {
  const type = go.names.type(model.name);
  const rest = `m.${go.names.restField(model)}`;
  const fields = (of: string): Code => [pkg.wire, `.Fields(${of})`];
  const [written, read] =
    model.rest === undefined
      ? [
          ["[any](", fields("&m"), ", nil)"],
          ["[any](data, ", fields("m"), ", nil)"],
        ]
      : [
          ["(", fields("&m"), `, ${rest})`],
          ["(data, ", fields("m"), `, &${rest})`],
        ];
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
`;
}
