import type { EnumModel, EnumValue, Models, ObjectModel } from "../api-model.js";
import { defaultText } from "../text.js";
import { withoutNil } from "./encoding.js";
import { constantOf, goFields, hasConstructor, hasPlainDefault, type GoField } from "./fields.js";
import { constantName, parameterName } from "./identifiers.js";
import { aligned, comment, compositeBody, modelDoc, scalarLiteral } from "./source.js";
import { enumBase } from "./types.js";

/** The type of an object model, with its constructor and its encoding where it needs them. */
export function structText(model: ObjectModel, models: Models): string {
  const fields = goFields(model, models);
  return [
    structType(model, fields),
    constructor(model, fields, models),
    marshaler(model, fields, models),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function structType(model: ObjectModel, fields: readonly GoField[]): string {
  const doc = comment("", modelDoc(model.name, model.description));
  if (fields.length === 0) return `${doc}type ${model.name} struct{}\n`;
  const rows = fields.map(({ field, name, type, tag }) => {
    const text = field.default === undefined ? undefined : defaultText(field.default);
    return { comment: comment("\t", field.description, text), cells: [name, type, tag] };
  });
  return `${doc}type ${model.name} struct {\n${aligned(rows)}}\n`;
}

function constructor(model: ObjectModel, fields: readonly GoField[], models: Models): string {
  if (!hasConstructor(model)) return "";
  const { name } = model;
  const given = fields.filter(({ field }) => field.required && !constantOf(field, models));
  const parameters = given.map(({ field, type }) => `${parameterName(field.name)} ${type}`);
  const values = fields.flatMap((goField): [string, string][] => {
    const { field } = goField;
    const constant = constantOf(field, models);
    if (constant !== undefined) return [[goField.name, constantValue(constant)]];
    if (field.required) return [[goField.name, parameterName(field.name)]];
    return hasPlainDefault(field)
      ? [[goField.name, defaultValue(field.default as EnumValue, goField, models)]]
      : [];
  });
  return `// New${name} takes the required fields and fills in the defaults. Fields with a default
// are always sent, unlike other optional ones: a struct made without this function sends their
// zero values.
func New${name}(${parameters.join(", ")}) ${name} {
	return ${name}${compositeBody(values)}
}
`;
}

function defaultValue(value: EnumValue, { field }: GoField, models: Models): string {
  const model = field.type.kind === "model" ? models.get(field.type.model) : undefined;
  return model?.kind === "enum" && model.base !== "boolean"
    ? constantName(model, value)
    : scalarLiteral(value);
}

function constantValue(model: EnumModel): string {
  const value = model.values[0]!;
  return model.base === "boolean" ? scalarLiteral(value) : constantName(model, value);
}

/** Written only for params with fields whose zero value the server would refuse. */
function marshaler(model: ObjectModel, fields: readonly GoField[], models: Models): string {
  if (!model.input) return "";
  const changes = fields.flatMap((field) => fieldChange(field, models));
  if (changes.length === 0) return "";
  return `// MarshalJSON writes empty lists and maps for nil ones and fills in constants.
func (m ${model.name}) MarshalJSON() ([]byte, error) {
	type plain ${model.name}
${changes.map((change) => `\t${change.replaceAll("\n", "\n\t")}\n`).join("")}	return marshalJSON(plain(m))
}
`;
}

function fieldChange({ field, name }: GoField, models: Models): string[] {
  const constant = constantOf(field, models);
  if (constant !== undefined) return constantChange(name, constant);
  const changed = withoutNil(`m.${name}`, field.type, models, !field.required);
  return changed === undefined ? [] : [`m.${name} = ${changed}`];
}

function constantChange(name: string, constant: EnumModel): string[] {
  const value = constantValue(constant);
  if (constant.base === "boolean") return value === "true" ? [`m.${name} = true`] : [];
  const zero = constant.base === "string" ? '""' : "0";
  if (scalarLiteral(constant.values[0]!) === zero) return [];
  return [`if m.${name} == ${zero} {`, `\tm.${name} = ${value}`, "}"];
}

/** The type of an enum and its constants. */
export function enumText(model: EnumModel): string {
  const { name } = model;
  const rows = model.values.map((value) => ({
    comment: "",
    cells: [constantName(model, value), name, `= ${scalarLiteral(value)}`],
  }));
  return `${comment("", modelDoc(name, model.description))}type ${name} ${enumBase(model.base)}

// The values of ${name}.
const (
${aligned(rows)})
`;
}
