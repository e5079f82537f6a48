import { behindAlias, type EnumValue, type ObjectModel, type Type } from "../../model/api-model.js";
import { code, flatText, joined, paragraphs, type Code } from "../../print/source-file.js";
import { defaultText } from "../../print/text.js";
import type { GoApi } from "../go-api.js";
import { parameterName } from "../names/go-words.js";
import {
  aligned,
  comment,
  modelDoc,
  pkg,
  scalarLiteral,
  structLiteral,
  type Row,
} from "../source.js";
import { formatText, goType, isBoolean } from "../types.js";
import { constantChange, constantOf, constantValue } from "./constants.js";
import { hasConstructor, hasPlainDefault } from "./defaults.js";
import { fieldWithoutNil, withoutNil } from "./encoding.js";
import { goFields, type GoField } from "./struct-fields.js";
import { exactCodec, needsExactKeys, structTag } from "./keys.js";

/** The type of an object model, with a constructor and an encoding if it needs them. */
export function structCode(model: ObjectModel, go: GoApi): Code {
  const fields = goFields(model, go);
  const changes = joined(changesOf(model, fields, go), "\n");
  return paragraphs(
    structType(model, fields, go),
    hasConstructor(model, go.models) ? constructor(model, fields, go) : "",
    needsExactKeys(model) ? exactCodec(model, changes, go) : marshaler(model, changes, go),
  );
}

function structType(model: ObjectModel, fields: readonly GoField[], go: GoApi): Code {
  const name = go.names.type(model.name);
  const doc = comment(modelDoc(name, model.description));
  const rows = fields.map((field) => fieldRow(field, go));
  if (model.rest !== undefined) {
    const type = ["map[string]", goType(model.rest, go)];
    const cells = [go.names.restField(model), type, '`json:"-"`'];
    rows.push({ comment: comment("The values under all other keys."), cells });
  }
  const body = code`
struct {
	${aligned(rows)}
}
`;
  return code`
${doc}
type ${name} ${rows.length === 0 ? "struct{}" : body}
`;
}

function fieldRow(goField: GoField, go: GoApi): Row {
  const { field, name, type } = goField;
  return {
    comment: comment(
      field.description,
      formatText(field.type, go.models),
      field.default === undefined ? undefined : defaultText(field.default),
      field.deprecated ? { deprecated: "" } : undefined,
    ),
    cells: [name, type, structTag(goField)],
  };
}

function constructor(model: ObjectModel, fields: readonly GoField[], go: GoApi): Code {
  const type = go.names.type(model.name);
  const name = go.names.constructorOf(model);
  const given = fields.filter(({ field }) => field.required && !constantOf(field, go));
  const parameters = given.map((field) => [`${parameterName(field.name)} `, field.type]);
  const values = fields.flatMap((goField): [string, Code][] => {
    const { field } = goField;
    const constant = constantOf(field, go);
    if (constant !== undefined) return [[goField.name, constantValue(constant, go)]];
    if (field.required) return [[goField.name, parameterName(goField.name)]];
    return hasPlainDefault(field, go.models) ? [[goField.name, defaultValue(goField, go)]] : [];
  });
  return code`
// ${name} takes the required fields and fills in the defaults. Fields with a default
// are always sent, unlike other optional ones: a struct made without this function sends their
// zero values.
func ${name}(${joined(parameters, ", ")}) ${type} {
	return ${type}${structLiteral(values)}
}
`;
}

function defaultValue({ field }: GoField, go: GoApi): string {
  const value = field.default as EnumValue;
  const type = behindAlias(field.type, go.models);
  // 64-bit integers are strings of digits.
  if (type.kind === "format" && /^u?int64$/.test(type.format)) return `${BigInt(value)}`;
  const model = type.kind === "model" ? go.models.get(type.model)! : undefined;
  return model?.kind === "enum" && !isBoolean(model)
    ? go.names.constant(model, value)
    : scalarLiteral(value);
}

/** Only for params with fields whose zero value the server would reject. */
function marshaler(model: ObjectModel, changes: Code, go: GoApi): Code {
  if (flatText(changes) === "") return "";
  const type = go.names.type(model.name);
  return code`
// MarshalJSON writes empty lists and maps for nil ones and fills in constants.
func (m ${type}) MarshalJSON() ([]byte, error) {
	type plain ${type}
	${changes}
	return ${pkg.wire}.Marshal(plain(m))
}
`;
}

/** Statements that change params to values that the server accepts. */
function changesOf(model: ObjectModel, fields: readonly GoField[], go: GoApi): Code[] {
  if (!model.input) return [];
  return [...fields.flatMap((field) => fieldChange(field, go)), ...restChange(model, go)];
}

function fieldChange(goField: GoField, go: GoApi): Code[] {
  const value = `m.${goField.name}`;
  const constant = constantOf(goField.field, go);
  if (constant !== undefined) return constantChange(value, constant, go);
  const changed = fieldWithoutNil(value, goField, go);
  return changed === undefined ? [] : [[`${value} = `, changed]];
}

function restChange(model: ObjectModel, go: GoApi): Code[] {
  if (model.rest === undefined) return [];
  const value = `m.${go.names.restField(model)}`;
  const type: Type = { kind: "map", keys: undefined, values: model.rest };
  const changed = withoutNil(value, type, go, true);
  return changed === undefined ? [] : [[`${value} = `, changed]];
}
