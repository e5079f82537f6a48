import type { UnionModel } from "../../model/api-model.js";
import { withoutNil } from "./encoding.js";
import type { GoApi } from "../go-api.js";
import { comment, modelDoc, stringLiteral } from "../source.js";
import { goType } from "../types.js";

/** The type of a union whose variants nothing tells apart: the JSON, read as what is asked for. */
export function anyOfText(union: UnionModel, go: GoApi): string {
  const name = go.names.type(union.name);
  const variants = [...go.names.variants(union)];
  const doc = comment(
    "",
    modelDoc(name, union.description) ?? `${name} is a union.`,
    `It is one of ${variants.map(([, words]) => words).join(", ")}, and nothing in its JSON says which.`,
  );
  const functions = variants.map(([variant, words], index) => {
    const type = goType(variant.type, go);
    const make = go.names.anyOf(union, variant);
    const value = withoutNil("value", variant.type, go) ?? "value";
    return `
// ${make} makes a ${name}.
func ${make}(value ${type}) ${name} {
	return ${name}{wire.AnyOfValue(${value.replaceAll("\n", "\n\t")})}
}

// As${words} gives the value, or an error if it is of another type.
func (u ${name}) As${words}() (${type}, error) {
	return wire.As[${type}](u.AnyOf, schemas, ${stringLiteral(union.name)}, ${index})
}
`;
  });
  return `${doc}type ${name} struct{ wire.AnyOf }
${functions.join("")}`;
}
