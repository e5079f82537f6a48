import type { EnumValue, JsonKind, UnionModel, Variant } from "../../model/api-model.js";
import { withoutNil } from "./encoding.js";
import type { GoApi } from "../go-api.js";
import { aligned, comment, modelDoc, scalarLiteral, stringLiteral } from "../source.js";
import { pointerTo } from "../types.js";

/** One variant as a field of the union's struct. */
interface VariantField {
  readonly variant: Variant;
  readonly name: string;
  readonly type: string;
}

/** What `wire.Kind` gives for them. */
const KIND_BYTES: Record<JsonKind, string> = {
  string: "'\"'",
  number: "'0'",
  boolean: "'t'",
  array: "'['",
  object: "'{'",
};

/** The type of a union whose variants can be told apart, and its encoding. */
export function unionText(union: UnionModel, go: GoApi): string {
  const typeName = go.names.type(union.name);
  const fields = [...go.names.variants(union)].map(([variant, name]) => ({
    variant,
    name,
    type: pointerTo(variant.type, go),
  }));
  const rows = fields.map(({ name, type }) => ({ comment: "", cells: [name, type] }));
  if (union.open) {
    const text = `An object of another ${union.discriminator}, which a newer server may send.`;
    rows.push({ comment: comment("\t", text), cells: ["Unknown", "json.RawMessage"] });
  }
  const doc = comment(
    "",
    modelDoc(typeName, union.description) ?? `${typeName} is a union.`,
    "It is one of its fields: set one of them. Of several, the first counts.",
  );
  return `${doc}type ${typeName} struct {
${aligned(rows)}}

${marshaler(union, typeName, fields, go)}
${unmarshaler(union, typeName, fields)}`;
}

function marshaler(
  union: UnionModel,
  typeName: string,
  fields: readonly VariantField[],
  go: GoApi,
): string {
  const cases = fields.map(({ name, variant }) => {
    const value = `u.${name}`;
    const written = withoutNil(value, variant.type, go, true) ?? value;
    return `\tcase ${value} != nil:\n\t\treturn wire.Marshal(${written.replaceAll("\n", "\n\t\t")})\n`;
  });
  const unknown = union.open ? "\tcase u.Unknown != nil:\n\t\treturn u.Unknown, nil\n" : "";
  const names = fields.map(({ name }) => name).join(", ");
  const message = stringLiteral(`apiclient: ${typeName}: set one of ${names}`);
  return `// MarshalJSON writes the field that is set.
func (u ${typeName}) MarshalJSON() ([]byte, error) {
	switch {
${cases.join("")}${unknown}	}
	return nil, errors.New(${message})
}
`;
}

function unmarshaler(union: UnionModel, typeName: string, fields: readonly VariantField[]): string {
  const isTagged = ({ variant }: VariantField) => variant.tags.length > 0;
  const cases = fields
    .filter((field) => !isTagged(field))
    .map(
      ({ name, variant }) =>
        `\tcase ${KIND_BYTES[variant.json]}:\n\t\treturn json.Unmarshal(data, &u.${name})\n`,
    );
  const tagged = fields.filter(isTagged);
  return `// UnmarshalJSON sets the field that the JSON is of.
func (u *${typeName}) UnmarshalJSON(data []byte) error {
	*u = ${typeName}{}
	switch wire.Kind(data) {
	case 'n':
		return nil
${cases.join("")}${tagged.length === 0 ? "" : taggedCase(union, typeName, tagged)}	}
	return fmt.Errorf("apiclient: ${typeName}: unexpected JSON %.40s", data)
}
`;
}

function taggedCase(union: UnionModel, typeName: string, fields: readonly VariantField[]): string {
  const type = tagType(fields);
  const literal = (tag: EnumValue) =>
    type === "any" && typeof tag === "number" ? `float64(${tag})` : scalarLiteral(tag);
  const cases = fields.map(({ name, variant }) => {
    const tags = variant.tags.map(literal).join(", ");
    return `\t\tcase ${tags}:\n\t\t\treturn json.Unmarshal(data, &u.${name})\n`;
  });
  const property = union.discriminator ?? "";
  const verb = type === "string" ? "%q" : "%v";
  const unknown = stringLiteral(
    `apiclient: ${typeName}: unknown ${property.replaceAll("%", "%%")} ${verb}`,
  );
  const end = union.open
    ? "u.Unknown = append(u.Unknown, data...)\n\t\treturn nil"
    : `return fmt.Errorf(${unknown}, tag)`;
  return `\tcase '{':
		tag, err := wire.Tag[${type}](data, ${stringLiteral(property)})
		if err != nil {
			return fmt.Errorf("apiclient: ${typeName}: %w", err)
		}
		switch tag {
${cases.join("")}		}
		${end}
`;
}

/** The Go type of the tags, which need not all be of one. */
function tagType(fields: readonly VariantField[]): string {
  const types = new Set(fields.flatMap(({ variant }) => variant.tags.map((tag) => typeof tag)));
  if (types.size > 1) return "any";
  return types.has("string") ? "string" : types.has("number") ? "float64" : "bool";
}
