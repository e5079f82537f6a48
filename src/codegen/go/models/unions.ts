import type { EnumValue, JsonKind, UnionModel, Variant } from "../../model/api-model.js";
import { code, joined, paragraphs, type Code } from "../../print/source-file.js";
import type { GoApi } from "../go-api.js";
import {
  aligned,
  comment,
  modelDoc,
  pkg,
  scalarLiteral,
  stringLiteral,
  type Row,
} from "../source.js";
import { pointerTo } from "../types.js";
import { withoutNil } from "./encoding.js";

/** One variant as a field of the union's struct. */
interface VariantField {
  readonly variant: Variant;
  readonly name: string;
}

/** The results of `wire.Kind` for each kind. */
const KIND_BYTES: Record<JsonKind, string> = {
  string: "'\"'",
  number: "'0'",
  boolean: "'t'",
  array: "'['",
  object: "'{'",
};

/** The type of a union that is not ambiguous, and its encoding. */
export function unionCode(union: UnionModel, go: GoApi): Code {
  const type = go.names.type(union.name);
  const fields = [...go.names.variants(union)].map(([variant, name]) => ({ variant, name }));
  return paragraphs(
    unionType(union, type, fields, go),
    marshaler(union, type, fields, go),
    unmarshaler(union, type, fields),
  );
}

function unionType(
  union: UnionModel,
  type: string,
  fields: readonly VariantField[],
  go: GoApi,
): Code {
  const rows = fields.map(({ variant, name }): Row => ({
    cells: [name, pointerTo(variant.type, go)],
  }));
  if (union.open) {
    const text = `An object of another ${union.discriminator}, which a newer server may send.`;
    rows.push({ comment: comment(text), cells: ["Unknown", [pkg.json, ".RawMessage"]] });
  }
  return code`
${comment(
  modelDoc(type, union.description) ?? `${type} is a union.`,
  "It is one of its fields: set one of them. Of several, the first counts.",
)}
type ${type} struct {
	${aligned(rows)}
}
`;
}

function marshaler(
  union: UnionModel,
  type: string,
  fields: readonly VariantField[],
  go: GoApi,
): Code {
  const cases = fields.map(({ name, variant }) => {
    const value = `u.${name}`;
    return code`
case ${value} != nil:
	return ${pkg.wire}.Marshal(${withoutNil(value, variant.type, go, true) ?? value})
`;
  });
  if (union.open) cases.push("case u.Unknown != nil:\n\treturn u.Unknown, nil");
  const names = fields.map(({ name }) => name).join(", ");
  return code`
// MarshalJSON writes the field that is set.
func (u ${type}) MarshalJSON() ([]byte, error) {
	switch {
	${joined(cases, "\n")}
	}
	return nil, ${pkg.errors}.New(${stringLiteral(`apiclient: ${type}: set one of ${names}`)})
}
`;
}

function unmarshaler(union: UnionModel, type: string, fields: readonly VariantField[]): Code {
  const tagged = fields.filter(({ variant }) => variant.tags.length > 0);
  const cases = fields
    .filter(({ variant }) => variant.tags.length === 0)
    .map(({ name, variant }) => readCase(KIND_BYTES[variant.json], name));
  if (tagged.length > 0) cases.push(taggedCase(union, type, tagged));
  return code`
// UnmarshalJSON sets the field that the JSON is of.
func (u *${type}) UnmarshalJSON(data []byte) error {
	*u = ${type}{}
	switch ${pkg.wire}.Kind(data) {
	case 'n':
		return nil
	${joined(cases, "\n")}
	}
	return ${pkg.fmt}.Errorf("apiclient: ${type}: unexpected JSON %.40s", data)
}
`;
}

function readCase(values: string, name: string): Code {
  return code`
case ${values}:
	return ${pkg.json}.Unmarshal(data, &u.${name})
`;
}

function taggedCase(union: UnionModel, type: string, fields: readonly VariantField[]): Code {
  const tagType = tagTypeOf(fields);
  const literal = (tag: EnumValue) =>
    tagType === "any" && typeof tag === "number" ? `float64(${tag})` : scalarLiteral(tag);
  const cases = fields.map(({ name, variant }) =>
    readCase(variant.tags.map(literal).join(", "), name),
  );
  return code`
case '{':
	tag, err := ${pkg.wire}.Tag[${tagType}](data, ${stringLiteral(union.discriminator ?? "")})
	if err != nil {
		return ${pkg.fmt}.Errorf("apiclient: ${type}: %w", err)
	}
	switch tag {
	${joined(cases, "\n")}
	}
	${union.open ? "u.Unknown = append(u.Unknown, data...)\nreturn nil" : unknownTag(union, type, tagType)}
`;
}

function unknownTag({ discriminator = "" }: UnionModel, type: string, tagType: string): Code {
  const verb = tagType === "string" ? "%q" : "%v";
  const property = discriminator.replaceAll("%", "%%");
  const message = stringLiteral(`apiclient: ${type}: unknown ${property} ${verb}`);
  return ["return ", pkg.fmt, `.Errorf(${message}, tag)`];
}

/** The Go type of the tags; `any` if they have several types. */
function tagTypeOf(fields: readonly VariantField[]): string {
  const types = new Set(fields.flatMap(({ variant }) => variant.tags.map((tag) => typeof tag)));
  if (types.size > 1) return "any";
  return types.has("string") ? "string" : types.has("number") ? "float64" : "bool";
}
