import type { UnionModel } from "../../model/api-model.js";
import { code, paragraphs, type Code } from "../../print/source-file.js";
import type { GoApi } from "../go-api.js";
import { comment, modelDoc, pkg, stringLiteral } from "../source.js";
import { goType } from "../types.js";
import { withoutNil } from "./encoding.js";

/** The type of an ambiguous union: JSON, which is decoded as the type that the caller requests. */
export function anyOfCode(union: UnionModel, go: GoApi): Code {
  const name = go.names.type(union.name);
  const variants = [...go.names.variants(union)];
  const words = variants.map(([, variant]) => variant).join(", ");
  const functions = variants.map(([variant, variantName], index) => {
    const type = goType(variant.type, go);
    const make = go.names.anyOf(union, variant);
    return code`
// ${make} makes a ${name}.
func ${make}(value ${type}) ${name} {
	return ${name}{${pkg.wire}.AnyOfValue(${withoutNil("value", variant.type, go) ?? "value"})}
}

// As${variantName} returns the value, or an error if it is of another type.
func (u ${name}) As${variantName}() (${type}, error) {
	return ${pkg.wire}.As[${type}](u.AnyOf, schemas, ${stringLiteral(union.name)}, ${String(index)})
}
`;
  });
  return paragraphs(
    code`
${comment(
  modelDoc(name, union.description) ?? `${name} is a union.`,
  `It is one of ${words}, and its JSON does not show which.`,
)}
type ${name} struct{ ${pkg.wire}.AnyOf }
`,
    ...functions,
  );
}
