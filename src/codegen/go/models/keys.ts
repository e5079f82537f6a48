import type { ObjectModel } from "../../model/api-model.js";
import { code, type Code } from "../../print/source-file.js";
import type { GoField } from "./struct-fields.js";
import type { GoApi } from "../go-api.js";
import { pkg, stringLiteral } from "../source.js";

/** The keys that encoding/json accepts in a struct tag; "-" would mean no key. */
const TAG_KEY = /^(?!-$)[\p{L}\p{Nd}!#$%&()*+\-./:;<=>?@[\]^_{|}~ ]+$/u;

/**
 * Whether struct tags cannot express the keys: because of their characters, because encoding/json
 * ignores case, or because the object also has other keys.
 */
export function needsExactKeys({ fields, rest }: ObjectModel): boolean {
  const folded = new Set(fields.map(({ name }) => name.toUpperCase().toLowerCase()));
  return (
    rest !== undefined ||
    folded.size < fields.length ||
    fields.some(({ name }) => !TAG_KEY.test(name))
  );
}

/** The tag of a field: `json` for encoding/json, `wire` for `wire.Fields` and keys that `json` cannot have. */
export function structTag({ field, omission }: GoField): string {
  if (TAG_KEY.test(field.name)) {
    return `\`json:"${field.name}${omission === undefined ? "" : `,${omission}`}"\``;
  }
  const optional = omission === undefined ? "" : ' optional:"true"';
  const tag = `json:"-" wire:${stringLiteral(field.name)}${optional}`;
  return tag.includes("`") ? stringLiteral(tag) : `\`${tag}\``;
}

/**
 * The encoding of a struct whose keys struct tags cannot express.
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
