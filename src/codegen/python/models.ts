import {
  referencesOf,
  type AliasModel,
  type ApiModel,
  type EnumModel,
  type Field,
  type Model,
  type ObjectModel,
  type Type,
  type UnionModel,
} from "../model/api-model.js";
import { bracketed, group, indent, softline, type Layout } from "../print/layout.js";
import { containsItself } from "../model/openness.js";
import { defaultText } from "../print/text.js";
import { annotatedLine, type Value } from "./annotated-line.js";
import { defaultLiteral } from "./defaults.js";
import { importsFor } from "./imports.js";
import type { PythonNames } from "./names.js";
import { docstring, flatText, print, stringLiteral, subscript } from "./source.js";
import { annotation, argument, inParentheses, membersInPlace } from "./types.js";

type NoObject = AliasModel | EnumModel | UnionModel;

/**
 * The text of `models.py`. Annotations are not evaluated before a model is used for the first time,
 * but aliases are where they stand: those of enums come before the classes, the others after them.
 */
export function modelsFile(api: ApiModel, names: PythonNames): string {
  const named = api.models.filter((model) => names.isNamed(model));
  const enums = named.filter((model) => model.kind === "enum");
  const objects = named.filter((model) => model.kind === "object");
  const others = named.filter((model) => model.kind === "alias" || model.kind === "union");
  const isRecursive = (model: Model) => containsItself(model, names.models);
  const recursive = others.filter(isRecursive);
  const plain = inOrderOfUse(others, names).filter((model) => !isRecursive(model));

  const before = enums.map((model) => aliasOf(model, names)).join("\n");
  const classes = objects.map((model) => `\n${classOf(model, names)}`);
  const after = [
    ...recursive.map((model) => recursiveAliasOf(model, names)),
    ...plain.map((model) => aliasOf(model, names)),
  ].join("\n");
  const types = recursive.map((model) => flatText(typeOf(model, names)));
  return [
    importsFor([before, ...classes, after, ...types].join("\n")),
    before,
    ...classes,
    after === "" ? "" : `\n${after}`,
  ]
    .filter((part) => part !== "")
    .join("\n");
}

/** Unions and aliases after those that they mention. Classes are defined before all of them. */
function inOrderOfUse(all: readonly NoObject[], names: PythonNames): NoObject[] {
  const seen = new Set<Model>();
  const ordered: NoObject[] = [];
  const visit = (model: Model): void => {
    if (seen.has(model) || model.kind === "object") return;
    seen.add(model);
    for (const name of referencesOf(model)) visit(names.models.get(name)!);
    ordered.push(model);
  };
  all.forEach(visit);
  const wanted = new Set(all);
  return ordered.filter((model) => wanted.has(model));
}

function aliasOf(model: NoObject, names: PythonNames): string {
  const alias = print(`${names.type(model.name)}: TypeAlias = `, typeOf(model, names));
  return `${alias}\n${docstring(0, model.description)}`;
}

/** Pydantic and type checkers read the text when the alias has its name. */
function recursiveAliasOf(model: NoObject, names: PythonNames): string {
  const name = names.type(model.name);
  const args = [name, flatText(typeOf(model, names))].map(stringLiteral);
  const alias = print(`${name} = `, bracketed("TypeAliasType(", args, ")"));
  return `${alias}\n${docstring(0, model.description)}`;
}

function typeOf(model: NoObject, names: PythonNames): Layout {
  return inParentheses(membersInPlace(model, names));
}

function classOf(model: ObjectModel, names: PythonNames): string {
  const doc = docstring(1, model.description);
  const fields = model.fields.map((field) => attribute(model, field, names)).join("");
  const body = [doc, extraOf(model, names) + fields].filter((part) => part !== "").join("\n");
  const base = model.rest === undefined ? "RPCModel" : "OpenModel";
  const bases = group("(", indent(softline, base), softline, ")");
  const head = print(`class ${names.type(model.name)}`, [bases, ":"]);
  return `${head}\n${body === "" ? "    pass\n" : body}`;
}

/** The type of the fields that have no attribute. */
function extraOf({ rest }: ObjectModel, names: PythonNames): string {
  if (rest === undefined || rest.kind === "unknown") return "";
  const type = bracketed("dict[", ["MapKey", argument(rest, names)], "]");
  const value = { layout: bracketed("Field(", ["init=False"], ")"), isCall: true };
  return `${annotatedLine("__pydantic_extra__", type, value, 1)}\n`;
}

function attribute(model: ObjectModel, field: Field, names: PythonNames): string {
  const name = names.attribute(model, field);
  const value = defaultLiteral(field, names);
  const args = [
    ...(field.required ? [] : [`default=${value ?? "None"}`]),
    ...(name === field.name ? [] : aliasArguments(field.name)),
    ...(field.deprecated ? ["deprecated=True"] : []),
  ];
  const isOmittable = !field.required && value === undefined && !acceptsNull(field.type, names);
  const type = isOmittable
    ? subscript("Omittable", argument(field.type, names))
    : annotation(field.type, names);
  const more = field.default === undefined || value !== undefined ? "" : defaultText(field.default);
  return `${annotatedLine(name, type, valueOf(args), 1)}\n${docstring(1, field.description, more)}`;
}

/** `Field(...)`, or a default alone, which stands without it. */
function valueOf(args: readonly string[]): Value | undefined {
  const [first] = args;
  if (first === undefined) return undefined;
  return args.length === 1 && first.startsWith("default=")
    ? { layout: first.slice("default=".length), isCall: false }
    : { layout: bracketed("Field(", args, ")"), isCall: true };
}

function acceptsNull(type: Type, names: PythonNames): boolean {
  const model = type.kind === "model" ? names.models.get(type.model) : undefined;
  if (model?.kind === "alias") return acceptsNull(model.type, names);
  return type.kind === "nullable" || type.kind === "null" || type.kind === "unknown";
}

/** Not `alias`: with it, type checkers would take the property's name for the argument's. */
function aliasArguments(property: string): string[] {
  const alias = stringLiteral(property);
  return [`validation_alias=${alias}`, `serialization_alias=${alias}`];
}
