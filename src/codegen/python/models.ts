import {
  behindAlias,
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
import { containsItself, typesIn } from "../model/openness.js";
import { code, flatText, joined, list, type Code, type SourceFile } from "../print/source-file.js";
import { defaultText } from "../print/text.js";
import { defaultLiteral } from "./defaults.js";
import type { PythonNames } from "./names.js";
import { py } from "./runtime.js";
import { docstring, stringLiteral, subscript } from "./source.js";
import { annotation, definition } from "./types.js";

type NoObject = AliasModel | EnumModel | UnionModel;

/**
 * Prints `models.py`. Annotations are not evaluated before a model is used for the first time, but
 * aliases are where they are written: those of enums come before the classes, the others after them.
 */
export function printModels(file: SourceFile, api: ApiModel, names: PythonNames): void {
  const named = api.models.filter((model) => names.isNamed(model));
  const enums = named.filter((model) => model.kind === "enum");
  const others = named.filter((model) => model.kind === "alias" || model.kind === "union");
  const isRecursive = (model: Model) => containsItself(model, names.models);
  const recursive = others.filter(isRecursive);
  const plain = inOrderOfUse(others, names).filter((model) => !isRecursive(model));

  file.print(
    joined(
      enums.map((model) => aliasOf(model, names)),
      "\n",
    ),
  );
  for (const model of named) if (model.kind === "object") file.print(classOf(model, names));
  // The text of a recursive type is read as code.
  for (const model of recursive) file.use(definition(model, names));
  const inCycles = recursive.filter((model) => isInCycle(model, names));
  const alone = recursive.filter((model) => !inCycles.includes(model));
  const after = [
    inCycles.length > 0 ? cycles(inCycles, names) : "",
    ...alone.map((model) => recursiveAliasOf(model, names)),
    ...plain.map((model) => aliasOf(model, names)),
  ];
  file.print(joined(after, "\n"));
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

function aliasOf(model: NoObject, names: PythonNames): Code {
  return code`
${names.model(model.name)}: ${py.TypeAlias} = ${definition(model, names)}
${docstring(model.description)}
`;
}

/** Pydantic and type checkers read the text when the alias has its name. */
function recursiveAliasOf(model: NoObject, names: PythonNames): Code {
  const { name } = names.model(model.name);
  const args = [name, flatText(definition(model, names))].map(stringLiteral);
  return code`
${name} = ${py.TypeAliasType}${list("(", args, ")")}
${docstring(model.description)}
`;
}

/** Whether it contains itself through the name of another recursive type. */
function isInCycle(model: Model, names: PythonNames): boolean {
  const leadsTo = (from: Model) => typesIn(from, names.models);
  return [...leadsTo(model)].some((other) => other !== model && leadsTo(other).has(model));
}

/** Pyright reads such types only as plain aliases, and pydantic only as types of their own. */
function cycles(all: readonly NoObject[], names: PythonNames): Code {
  const aliases = all.map((model) => {
    const text = stringLiteral(flatText(definition(model, names)));
    return code`
${names.model(model.name).name}: ${py.TypeAlias} = ${text}
${docstring(model.description)}
`;
  });
  const types = all.map((model) => recursiveAliasOf({ ...model, description: undefined }, names));
  return code`
if ${py.TYPE_CHECKING}:
    ${joined(aliases, "\n")}
else:
    ${joined(types, "\n")}
`;
}

function classOf(model: ObjectModel, names: PythonNames): Code {
  const doc = docstring(model.description);
  const attributes = model.fields.map((field) => attribute(model, field, names));
  const { rest } = model;
  if (rest !== undefined && rest.kind !== "unknown") attributes.unshift(extraOf(rest, names));
  if (attributes.length === 0 && doc === "") attributes.push("pass");
  return code`
class ${names.model(model.name)}(${basesOf(model, names)}):
    ${doc}${doc !== "" && attributes.length > 0 ? "\n" : ""}
    ${joined(attributes, "\n")}
`;
}

function basesOf(model: ObjectModel, names: PythonNames): Code {
  const bases = [
    ...(model.rest === undefined ? [] : [py.OpenModel]),
    ...(isLarge(model, names) ? [py.LargeModel] : []),
  ];
  return bases.length === 0 ? py.RPCModel : joined(bases, ", ");
}

/** To how many other objects a model leads that pydantic builds together with it. */
const MAX_REACHED = 10;

function isLarge(model: ObjectModel, names: PythonNames): boolean {
  const reached = new Set<Model>([model]);
  let objects = 0;
  for (const next of reached) {
    if (next.kind === "object" && ++objects > MAX_REACHED + 1) return true;
    for (const name of referencesOf(next)) reached.add(names.models.get(name)!);
  }
  return false;
}

/** The type of the fields that have no attribute. */
function extraOf(rest: Type, names: PythonNames): Code {
  const type = subscript("dict", py.MapKey, annotation(rest, names));
  return code`__pydantic_extra__: ${type} = ${py.Field}(init=False)`;
}

function attribute(model: ObjectModel, field: Field, names: PythonNames): Code {
  const name = names.attribute(model, field);
  const value = defaultLiteral(field, names);
  const args = [
    ...(field.required ? [] : [`default=${value ?? "None"}`]),
    ...(name === field.name ? [] : aliasArguments(field.name)),
    ...(field.deprecated ? ["deprecated=True"] : []),
  ];
  const type = annotation(field.type, names);
  const isOmittable = !field.required && value === undefined && !acceptsNull(field.type, names);
  const more = field.default === undefined || value !== undefined ? "" : defaultText(field.default);
  return code`
${name}: ${isOmittable ? subscript(py.Omittable, type) : type}${valueOf(args)}
${docstring(field.description, more)}
`;
}

/** `Field(...)`, or a default alone, which needs no `Field`. */
function valueOf(args: readonly string[]): Code {
  const [first] = args;
  if (first === undefined) return "";
  return args.length === 1 && first.startsWith("default=")
    ? ` = ${first.slice("default=".length)}`
    : [" = ", py.Field, list("(", args, ")")];
}

function acceptsNull(type: Type, names: PythonNames): boolean {
  return ["nullable", "null", "unknown"].includes(behindAlias(type, names.models).kind);
}

/** Not `alias`: with it, type checkers would take the property's name for the argument's. */
function aliasArguments(property: string): string[] {
  const alias = stringLiteral(property);
  return [`validation_alias=${alias}`, `serialization_alias=${alias}`];
}
