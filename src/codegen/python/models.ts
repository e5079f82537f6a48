import {
  referencesOf,
  type ApiModel,
  type Field,
  type JsonValue,
  type Model,
  type Models,
  type ObjectModel,
  type UnionModel,
} from "../api-model.js";
import { group, indent, softline } from "../layout.js";
import { defaultText } from "../text.js";
import { attributeLine } from "./attribute-line.js";
import { attributeName } from "./names.js";
import { docstring, importFrom, literal, print, stringLiteral } from "./source.js";
import { aliasedType, annotation } from "./types.js";

const BASE_CLASS = `class _Model(BaseModel):
    model_config = ConfigDict(validate_by_name=True, protected_namespaces=())
`;

/** What the base class needs. */
const BASES = ["BaseModel", "ConfigDict"];

const IS_NONE = `def _is_none(value: object) -> bool:
    return value is None
`;

/** Whether a model is in the module: the other enums and unions stand in place. */
export function isExported(model: Model): boolean {
  return model.kind === "object" || model.explicit;
}

/**
 * The text of `models.py`. Annotations are not evaluated before the end of the module, but aliases
 * are where they stand: those of enums come before the classes, those of unions after them.
 */
export function modelsFile(api: ApiModel, models: Models): string {
  const exported = api.models.filter(isExported);
  const enums = exported.filter((model) => model.kind === "enum");
  const objects = exported.filter((model) => model.kind === "object");
  const unions = inOrderOfUse(
    exported.filter((model) => model.kind === "union"),
    models,
  );
  const classes = objects.map((model) => classOf(model, models));
  const aliases = (all: readonly Exclude<Model, ObjectModel>[]) =>
    all.map((model) => aliasOf(model, models)).join("\n");
  const code = [aliases(enums), ...classes, aliases(unions)].map(withoutStrings).join("");
  const rebuilt = objects.filter((model, index) => {
    const later = new Set<Model>([...objects.slice(index + 1), ...unions]);
    return reachable(model, models).some((other) => later.has(other));
  });
  return sections([
    "from __future__ import annotations\n",
    importFrom("typing", used(["Annotated", "Any", "Literal", "TypeAlias"], code)),
    importFrom("pydantic", [...used(["Field"], code), ...(objects.length > 0 ? BASES : [])]),
    aliases(enums),
    ...(used(["_is_none"], code).length > 0 ? [`\n${IS_NONE}`] : []),
    objects.length === 0 ? "" : `\n${BASE_CLASS}`,
    ...classes.map((text) => `\n${text}`),
    unions.length === 0 ? "" : `\n${aliases(unions)}`,
    rebuilt.length === 0
      ? ""
      : `\n${rebuilt.map(({ name }) => `${name}.model_rebuild()\n`).join("")}`,
  ]);
}

/** The parts that are there, with an empty line between them. */
function sections(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("\n");
}

function used(names: readonly string[], code: string): string[] {
  return names.filter((name) => new RegExp(`\\b${name}\\b`).test(code));
}

function withoutStrings(code: string): string {
  return code.replace(/"""[^]*?"""|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, "");
}

/** Unions after the unions that they mention, in arrays or maps. */
function inOrderOfUse(unions: readonly UnionModel[], models: Models): UnionModel[] {
  const ordered = new Set<UnionModel>();
  const visit = (union: UnionModel): void => {
    if (ordered.has(union)) return;
    for (const name of referencesOf(union)) {
      const model = models.get(name);
      if (model?.kind === "union") visit(model);
    }
    ordered.add(union);
  };
  unions.forEach(visit);
  return [...ordered].filter((union) => union.explicit);
}

/** The models that a model mentions, and those that these mention. */
function reachable(model: Model, models: Models): Model[] {
  const found = new Set<Model>();
  const open = [model];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const mentioned = referencesOf(next).map((name) => models.get(name)!);
    open.push(...mentioned.filter((other) => !found.has(other)));
    mentioned.forEach((other) => found.add(other));
  }
  return [...found];
}

function aliasOf(model: Exclude<Model, ObjectModel>, models: Models): string {
  const alias = print(`${model.name}: TypeAlias = `, aliasedType(model, models));
  return `${alias}\n${docstring(0, model.description)}`;
}

function classOf(model: ObjectModel, models: Models): string {
  const doc = docstring(1, model.description);
  const fields = model.fields.map((field) => attribute(field, models)).join("");
  const body = [doc, fields].filter((part) => part !== "").join("\n");
  const base = group("(", indent(softline, "_Model"), softline, ")");
  const head = print(`class ${model.name}`, [base, ":"]);
  return `${head}\n${body === "" ? "    pass\n" : body}`;
}

function attribute(field: Field, models: Models): string {
  const name = attributeName(field.name);
  const value = isLiteral(field.default) ? literal(field.default) : undefined;
  const optional = !field.required && value === undefined;
  const args = [
    ...(field.required ? [] : [`default=${value ?? "None"}`]),
    ...(optional && !acceptsNull(field) ? ["exclude_if=_is_none"] : []),
    ...(name === field.name ? [] : aliasArguments(field.name)),
  ];
  const type = annotation(field.type, models, optional);
  const text = attributeLine(name, type, args);
  const more = field.default === undefined || value !== undefined ? "" : defaultText(field.default);
  return `${text}\n${docstring(1, field.description, more)}`;
}

/**
 * Whether a default can stand in the class. Lists and objects cannot: a change inside of one would
 * not be sent, because only fields that were set are.
 */
function isLiteral(value: JsonValue | undefined): value is null | boolean | number | string {
  return value !== undefined && (typeof value !== "object" || value === null);
}

function acceptsNull({ type }: Field): boolean {
  return type.kind === "nullable" || type.kind === "unknown";
}

/** Not \`alias\`: with it, type checkers would take the property's name for the argument's. */
function aliasArguments(property: string): string[] {
  const alias = stringLiteral(property);
  return [`validation_alias=${alias}`, `serialization_alias=${alias}`];
}
