import {
  behindAlias,
  objectBehind,
  type EnumModel,
  type Model,
  type Type,
  type UnionModel,
  type Variant,
  type WireFormat,
} from "../model/api-model.js";
import { list, type Code, type Imported } from "../print/source-file.js";
import type { PythonNames } from "./names.js";
import { py } from "./runtime.js";
import { literal, stringLiteral, subscript, union } from "./source.js";

/** The types of the runtime's `wire_types` for formats. */
const FORMAT_TYPES: Readonly<Record<WireFormat, Imported>> = {
  base64: py.Base64,
  base64url: py.Base64Url,
  date: py.Date,
  "date-time": py.DateTime,
  decimal: py.Decimal,
  duration: py.Duration,
  int64: py.Int64,
  time: py.Time,
  uint64: py.Uint64,
  uuid: py.Uuid,
};

/** An annotation for a type. */
export function annotation(type: Type, names: PythonNames): Code {
  return unionOf(membersOf(type, names));
}

/** The definition of a model. */
export function definition(model: Model, names: PythonNames): Code {
  return unionOf(membersInPlace(model, names));
}

/** The members of a type as a union; most types have one member. */
function membersOf(type: Type, names: PythonNames): readonly Code[] {
  switch (type.kind) {
    case "string":
      return [py.Str];
    case "integer":
      return [py.Int];
    case "number":
      return [py.Float];
    case "boolean":
      return [py.Bool];
    case "null":
      return ["None"];
    case "unknown":
      return [py.Any];
    case "format":
      return [FORMAT_TYPES[type.format]];
    case "array":
      return [subscript("list", annotation(type.items, names))];
    case "tuple":
      return [tuple(type, names)];
    case "map": {
      const { keys, values } = type;
      const key =
        keys === undefined ? py.MapKey : annotation({ kind: "model", model: keys }, names);
      return [subscript("dict", key, annotation(values, names))];
    }
    case "nullable":
      return [...membersOf(type.type, names), "None"];
    case "model": {
      const model = names.models.get(type.model)!;
      return names.isNamed(model) ? [names.model(model.name)] : membersInPlace(model, names);
    }
  }
}

function tuple({ items, rest }: Extract<Type, { kind: "tuple" }>, names: PythonNames): Code {
  const places = items.map((item) => annotation(item, names));
  if (rest === undefined) {
    return places.length === 0 ? "tuple[()]" : subscript("tuple", ...places);
  }
  const more = subscript("tuple", annotation(rest, names), "...");
  if (places.length === 0) return more;
  return annotated(subscript("tuple", ...places, subscript(py.Unpack, more)), py.VariadicTuple);
}

function membersInPlace(model: Model, names: PythonNames): readonly Code[] {
  switch (model.kind) {
    case "object":
      return [names.model(model.name)];
    case "alias":
      return membersOf(model.type, names);
    case "enum":
      return enumMembers([model]);
    case "union":
      return unionMembers(model, names);
  }
}

/** Several enums as one `Literal`. An enum with fractions, which it cannot have, is a number. */
function enumMembers(enums: readonly EnumModel[]): readonly Code[] {
  const exact = enums.filter((model) => model.base !== "number");
  const fractions = enums.filter((model) => model.base === "number");
  const values = exact.flatMap((model) => model.values);
  const isOpen = (base: EnumModel["base"]) => enums.some((e) => e.open && e.base === base);
  return [
    ...(values.length === 0 ? [] : [literalOf(values)]),
    ...(isOpen("string") ? [py.Str] : []),
    ...(isOpen("integer") ? [py.Int] : []),
    ...fractions.map((model) =>
      model.open ? py.Float : annotated("float", oneOf(model.values.map(literal))),
    ),
  ];
}

/** Pydantic distinguishes strings from all other values, but not `1` from `True`. */
function literalOf(values: EnumModel["values"]): Code {
  const type = subscript(py.Literal, ...values.map(literal));
  return values.every((value) => typeof value === "string") ? type : annotated(type, oneOf([]));
}

function oneOf(values: readonly string[]): Code {
  return [py.OneOf, list("(", values, ")")];
}

function annotated(type: Code, metadata: Code): Code {
  return subscript(py.Annotated, type, metadata);
}

function unionMembers(model: UnionModel, names: PythonNames): readonly Code[] {
  const { variants, discriminator, open } = model;
  const enums = variants.flatMap(({ type }) => enumInPlace(type, names));
  const others = variants.filter(
    ({ tags, type }) => tags.length === 0 && enumInPlace(type, names).length === 0,
  );
  const hasNumber = variants.some((variant) => variant.json === "number");
  const members = [
    ...enumMembers(enums),
    ...others.flatMap((variant) => variantMembers(variant, hasNumber, names)),
  ];
  if (discriminator === undefined) {
    const models = variants.filter(({ type }) => objectBehind(type, names.models) !== undefined);
    return models.length > 1 ? [annotated(union(members), py.BestOf)] : members;
  }
  const tagged = variants.filter((variant) => variant.tags.length > 0);
  const models = tagged.flatMap((variant) => membersOf(variant.type, names));
  const choice = unionOf(open ? [...models, py.UnknownVariant] : models);
  const tag = [py.TaggedBy, `(${stringLiteral(discriminator)})`];
  return [...members, annotated(choice, tag)];
}

/** A format whose values are an `int` in Python is a string next to a number. */
function variantMembers(
  { type }: Variant,
  hasNumber: boolean,
  names: PythonNames,
): readonly Code[] {
  return hasNumber && isWholeText(type, names) ? [py.Str] : membersOf(type, names);
}

function isWholeText(of: Type, names: PythonNames): boolean {
  const type = behindAlias(of, names.models);
  return type.kind === "format" && (type.format === "int64" || type.format === "uint64");
}

function enumInPlace(type: Type, names: PythonNames): EnumModel[] {
  const model = type.kind === "model" ? names.models.get(type.model) : undefined;
  return model?.kind === "enum" && !names.isNamed(model) ? [model] : [];
}

function unionOf(members: readonly Code[]): Code {
  return members.length === 1 ? members[0]! : union(members);
}
