import type { JsonKind, Models, UnionModel, Variant } from "../api-model.js";
import { withoutNil } from "./encoding.js";
import { aligned, comment, modelDoc, scalarLiteral, stringLiteral } from "./source.js";
import { goType, isNilable } from "./types.js";

/** One variant as a field of the union's struct. */
export interface VariantField {
  readonly variant: Variant;
  readonly name: string;
  readonly type: string;
}

/** The fields of a union: objects by their model, others by their JSON type. */
export function variantFields(union: UnionModel, models: Models): VariantField[] {
  return union.variants.map((variant) => ({
    variant,
    name: variantName(union, variant, models),
    type: (isNilable(variant.type) ? "" : "*") + goType(variant.type, models),
  }));
}

/** A derived name begins with the union's, which says nothing more inside of the union. */
function variantName(union: UnionModel, { json, type }: Variant, models: Models): string {
  const model = type.kind === "model" ? models.get(type.model) : undefined;
  if (model?.kind !== "object") return KIND_NAMES[json];
  const rest = model.name.slice(union.name.length);
  return model.name.startsWith(union.name) && /^\p{Lu}/u.test(rest) ? rest : model.name;
}

const KIND_NAMES: Record<JsonKind, string> = {
  string: "StringValue",
  number: "NumberValue",
  boolean: "BooleanValue",
  array: "ListValue",
  object: "MapValue",
};

/** What `jsonKind` of the package gives for them. */
const KIND_BYTES: Record<JsonKind, string> = {
  string: "'\"'",
  number: "'0'",
  boolean: "'t'",
  array: "'['",
  object: "'{'",
};

/** The type of a union and its encoding. */
export function unionText(union: UnionModel, models: Models): string {
  const fields = variantFields(union, models);
  const rows = fields.map(({ name, type }) => ({ comment: "", cells: [name, type] }));
  const rule = "It is one of its fields: set one of them. Of several, the first counts.";
  const doc = comment(
    "",
    modelDoc(union.name, union.description) ?? `${union.name} is a union.`,
    rule,
  );
  return `${doc}type ${union.name} struct {
${aligned(rows)}}

${marshaler(union, fields, models)}
${unmarshaler(union, fields)}`;
}

function marshaler(union: UnionModel, fields: readonly VariantField[], models: Models): string {
  const cases = fields.map(({ name, variant }) => {
    const value = `u.${name}`;
    const written = withoutNil(value, variant.type, models, true) ?? value;
    return `\tcase ${value} != nil:\n\t\treturn marshalJSON(${written.replaceAll("\n", "\n\t\t")})\n`;
  });
  const names = fields.map(({ name }) => name).join(", ");
  const message = stringLiteral(`apiclient: ${union.name}: set one of ${names}`);
  return `// MarshalJSON writes the field that is set.
func (u ${union.name}) MarshalJSON() ([]byte, error) {
	switch {
${cases.join("")}	}
	return nil, errors.New(${message})
}
`;
}

function unmarshaler(union: UnionModel, fields: readonly VariantField[]): string {
  const isTagged = ({ variant }: VariantField) => variant.tags.length > 0;
  const untagged = fields.filter((field) => !isTagged(field));
  const cases = untagged.map(
    ({ name, variant }) =>
      `\tcase ${KIND_BYTES[variant.json]}:\n\t\treturn json.Unmarshal(data, &u.${name})\n`,
  );
  const tagged = fields.filter(isTagged);
  return `// UnmarshalJSON sets the field that the JSON is of.
func (u *${union.name}) UnmarshalJSON(data []byte) error {
	switch jsonKind(data) {
	case 'n':
		return nil
${cases.join("")}${tagged.length === 0 ? "" : taggedCase(union, tagged)}	}
	return fmt.Errorf("apiclient: ${union.name}: unexpected JSON %.40s", data)
}
`;
}

function taggedCase(union: UnionModel, fields: readonly VariantField[]): string {
  const property = union.discriminator ?? "";
  const type = { string: "string", number: "int64", boolean: "bool" }[
    typeof fields[0]?.variant.tags[0] as "string" | "number" | "boolean"
  ];
  const cases = fields.map(({ name, variant }) => {
    const tags = variant.tags.map(scalarLiteral).join(", ");
    return `\t\tcase ${tags}:\n\t\t\treturn json.Unmarshal(data, &u.${name})\n`;
  });
  const verb = type === "string" ? "%q" : "%v";
  const message = stringLiteral(
    `apiclient: ${union.name}: unknown ${property.replaceAll("%", "%%")} ${verb}`,
  );
  return `\tcase '{':
		var tag struct {
			Value ${type} \`json:"${property === "-" ? "-," : property}"\`
		}
		if err := json.Unmarshal(data, &tag); err != nil {
			return err
		}
		switch tag.Value {
${cases.join("")}		}
		return fmt.Errorf(${message}, tag.Value)
`;
}
