import type { EnumValue, ObjectModel, Type } from "../../model/api-model.js";
import { defaultText } from "../../print/text.js";
import { constantChange, constantOf, constantValue } from "./constants.js";
import { hasConstructor, hasPlainDefault } from "./defaults.js";
import { fieldWithoutNil, withoutNil } from "./encoding.js";
import { goFields, type GoField } from "./fields.js";
import type { GoApi } from "../go-api.js";
import { parameterName } from "../names/identifiers.js";
import { exactCodec, keyText, needsExactKeys, structTag } from "./keys.js";
import { aligned, comment, compositeBody, modelDoc, scalarLiteral } from "../source.js";
import { formatText, goType, isBoolean, resolved } from "../types.js";

/** The type of an object model, with its constructor and its encoding where it needs them. */
export function structText(model: ObjectModel, go: GoApi): string {
  const fields = goFields(model, go);
  const isExact = needsExactKeys(model);
  return [
    structType(model, fields, go),
    hasConstructor(model, go.models) ? constructor(model, fields, go) : "",
    isExact
      ? exactCodec(model, fields, changesOf(model, fields, go), go)
      : marshaler(model, fields, go),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function structType(model: ObjectModel, fields: readonly GoField[], go: GoApi): string {
  const typeName = go.names.type(model.name);
  const doc = comment("", modelDoc(typeName, model.description));
  const rows = fields.map((goField) => {
    const { field, name, type } = goField;
    const text = field.default === undefined ? undefined : defaultText(field.default);
    const deprecation = field.deprecated ? { deprecated: "" } : undefined;
    return {
      comment: comment(
        "\t",
        field.description,
        formatText(field.type, go.models),
        text,
        keyText(goField),
        deprecation,
      ),
      cells: [name, type, structTag(goField)],
    };
  });
  if (model.rest !== undefined) {
    const type = `map[string]${goType(model.rest, go)}`;
    const text = "What stands under other keys.";
    const cells = [go.names.restField(model), type, '`json:"-"`'];
    rows.push({ comment: comment("\t", text), cells });
  }
  if (rows.length === 0) return `${doc}type ${typeName} struct{}\n`;
  return `${doc}type ${typeName} struct {\n${aligned(rows)}}\n`;
}

function constructor(model: ObjectModel, fields: readonly GoField[], go: GoApi): string {
  const type = go.names.type(model.name);
  const name = go.names.constructorOf(model);
  const given = fields.filter(({ field }) => field.required && !constantOf(field, go));
  const parameters = given.map((field) => `${parameterName(field.name)} ${field.type}`);
  const values = fields.flatMap((goField): [string, string][] => {
    const { field } = goField;
    const constant = constantOf(field, go);
    if (constant !== undefined) return [[goField.name, constantValue(constant, go)]];
    if (field.required) return [[goField.name, parameterName(goField.name)]];
    return hasPlainDefault(field, go.models) ? [[goField.name, defaultValue(goField, go)]] : [];
  });
  return `// ${name} takes the required fields and fills in the defaults. Fields with a default
// are always sent, unlike other optional ones: a struct made without this function sends their
// zero values.
func ${name}(${parameters.join(", ")}) ${type} {
	return ${type}${compositeBody(values)}
}
`;
}

function defaultValue({ field }: GoField, go: GoApi): string {
  const value = field.default as EnumValue;
  const type = resolved(field.type, go.models);
  // Integers of 64 bits are texts of their digits.
  if (type.kind === "format" && /^u?int64$/.test(type.format)) return `${BigInt(value)}`;
  const model = type.kind === "model" ? go.models.get(type.model)! : undefined;
  return model?.kind === "enum" && !isBoolean(model)
    ? go.names.constant(model, value)
    : scalarLiteral(value);
}

/** Written only for params with fields whose zero value the server would refuse. */
function marshaler(model: ObjectModel, fields: readonly GoField[], go: GoApi): string {
  const changes = changesOf(model, fields, go);
  if (changes === "") return "";
  const type = go.names.type(model.name);
  return `// MarshalJSON writes empty lists and maps for nil ones and fills in constants.
func (m ${type}) MarshalJSON() ([]byte, error) {
	type plain ${type}
${changes}	return wire.Marshal(plain(m))
}
`;
}

/** Statements that bring params into a form that the server takes. */
function changesOf(model: ObjectModel, fields: readonly GoField[], go: GoApi): string {
  if (!model.input) return "";
  return [...fields.flatMap((field) => fieldChange(field, go)), ...restChange(model, go)]
    .map((change) => `\t${change.replaceAll("\n", "\n\t")}\n`)
    .join("");
}

function fieldChange(goField: GoField, go: GoApi): string[] {
  const value = `m.${goField.name}`;
  const constant = constantOf(goField.field, go);
  if (constant !== undefined) return constantChange(value, constant, go);
  const changed = fieldWithoutNil(value, goField, go);
  return changed === undefined ? [] : [`${value} = ${changed}`];
}

function restChange(model: ObjectModel, go: GoApi): string[] {
  if (model.rest === undefined) return [];
  const value = `m.${go.names.restField(model)}`;
  const type: Type = { kind: "map", keys: undefined, values: model.rest };
  const changed = withoutNil(value, type, go, true);
  return changed === undefined ? [] : [`${value} = ${changed}`];
}
