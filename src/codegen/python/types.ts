import {
  unreachable,
  type EnumModel,
  type Model,
  type Type,
  type UnionModel,
  type Variant,
  type WireFormat,
} from "../model/api-model.js";
import {
  bracketed,
  group,
  ifBroken,
  indent,
  join,
  line,
  softline,
  type Layout,
} from "../print/layout.js";
import type { PythonNames } from "./names.js";
import { literal, stringLiteral, subscript } from "./source.js";

/** The types of the runtime's `wire_types` for formats. */
const FORMAT_TYPES: Readonly<Record<WireFormat, string>> = {
  base64: "Base64",
  base64url: "Base64Url",
  date: "Date",
  "date-time": "DateTime",
  decimal: "Decimal",
  duration: "Duration",
  int64: "Int64",
  time: "Time",
  uint64: "Uint64",
  uuid: "Uuid",
};

/** An annotation for a type. */
export function annotation(type: Type, names: PythonNames): Layout {
  return inParentheses(membersOf(type, names));
}

/** An annotation for a type inside of brackets. */
export function argument(type: Type, names: PythonNames): Layout {
  return inBrackets(membersOf(type, names));
}

/** The members of the union that a type is; most types are one of one member. */
function membersOf(type: Type, names: PythonNames): readonly Layout[] {
  switch (type.kind) {
    case "string":
      return ["Str"];
    case "integer":
      return ["Int"];
    case "number":
      return ["Float"];
    case "boolean":
      return ["Bool"];
    case "null":
      return ["None"];
    case "unknown":
      return ["Any"];
    case "format":
      return [FORMAT_TYPES[type.format]];
    case "array":
      return [subscript("list", argument(type.items, names))];
    case "tuple":
      return [tuple(type, names)];
    case "map": {
      const keys = type.keys === undefined ? "MapKey" : modelArgument(type.keys, names);
      return [bracketed("dict[", [keys, argument(type.values, names)], "]")];
    }
    case "nullable":
      return [...membersOf(type.type, names), "None"];
    case "model": {
      const model = names.models.get(type.model)!;
      return names.isNamed(model) ? [names.type(model.name)] : membersInPlace(model, names);
    }
    default:
      return unreachable(type);
  }
}

function modelArgument(model: string, names: PythonNames): Layout {
  return argument({ kind: "model", model }, names);
}

function tuple(type: Extract<Type, { kind: "tuple" }>, names: PythonNames): Layout {
  const items = type.items.map((item) => argument(item, names));
  if (type.rest === undefined) {
    return items.length === 0 ? "tuple[()]" : bracketed("tuple[", items, "]");
  }
  const rest = bracketed("tuple[", [argument(type.rest, names), "..."], "]");
  if (items.length === 0) return rest;
  const places = bracketed("tuple[", [...items, subscript("Unpack", rest)], "]");
  return bracketed("Annotated[", [places, "VariadicTuple"], "]");
}

/** What the name of a model stands for, as the members of a union. */
export function membersInPlace(model: Model, names: PythonNames): readonly Layout[] {
  switch (model.kind) {
    case "object":
      return [names.type(model.name)];
    case "alias":
      return membersOf(model.type, names);
    case "enum":
      return enumMembers([model]);
    case "union":
      return unionMembers(model, names);
    default:
      return unreachable(model);
  }
}

/** Several enums as one `Literal`. It cannot hold fractions: an enum with one is a number. */
function enumMembers(enums: readonly EnumModel[]): readonly Layout[] {
  const exact = enums.filter((model) => model.base !== "number");
  const fractions = enums.filter((model) => model.base === "number");
  const values = exact.flatMap((model) => model.values);
  const isOpen = (base: EnumModel["base"]) => enums.some((e) => e.open && e.base === base);
  const literals = literalOf(values.map(literal));
  return [
    ...(values.length === 0 ? [] : [withoutMixups(literals, values)]),
    ...(isOpen("string") ? ["Str"] : []),
    ...(isOpen("integer") ? ["Int"] : []),
    ...fractions.map((model) =>
      model.open
        ? "Float"
        : annotated("float", bracketed("OneOf(", model.values.map(literal), ")")),
    ),
  ];
}

function literalOf(values: readonly string[]): Layout {
  const [only] = values;
  return values.length === 1 && only !== undefined
    ? subscript("Literal", only)
    : bracketed("Literal[", values, "]");
}

/** Pydantic tells texts apart from everything else, but not `1` from `True`. */
function withoutMixups(type: Layout, values: EnumModel["values"]): Layout {
  return values.every((value) => typeof value === "string") ? type : annotated(type, "OneOf()");
}

function annotated(type: Layout, metadata: Layout): Layout {
  return bracketed("Annotated[", [type, metadata], "]");
}

function unionMembers(union: UnionModel, names: PythonNames): readonly Layout[] {
  const { variants, discriminator, open } = union;
  const enums = variants.flatMap(({ type }) => enumInPlace(type, names));
  const others = variants.filter(
    ({ tags, type }) => tags.length === 0 && enumInPlace(type, names).length === 0,
  );
  const hasNumber = variants.some((variant) => variant.json === "number");
  const members = [
    ...enumMembers(enums),
    ...others.flatMap((variant) => variantMembers(variant, hasNumber, names)),
  ];
  if (discriminator === undefined) return members;
  const tagged = variants.filter((variant) => variant.tags.length > 0);
  const models = tagged.flatMap((variant) => membersOf(variant.type, names));
  const choice = inBrackets(open ? [...models, "UnknownVariant"] : models);
  return [...members, annotated(choice, `TaggedBy(${stringLiteral(discriminator)})`)];
}

/** Beside a number, a number in a text stays a text: in Python both would be an `int`. */
function variantMembers(
  { type }: Variant,
  hasNumber: boolean,
  names: PythonNames,
): readonly Layout[] {
  return hasNumber && isWholeText(type, names) ? ["Str"] : membersOf(type, names);
}

function isWholeText(type: Type, names: PythonNames): boolean {
  const model = type.kind === "model" ? names.models.get(type.model) : undefined;
  if (model?.kind === "alias") return isWholeText(model.type, names);
  return type.kind === "format" && (type.format === "int64" || type.format === "uint64");
}

function enumInPlace(type: Type, names: PythonNames): EnumModel[] {
  const model = type.kind === "model" ? names.models.get(type.model) : undefined;
  return model?.kind === "enum" && !names.isNamed(model) ? [model] : [];
}

/** `A | B` where a line can end only in parentheses. */
export function inParentheses(members: readonly Layout[]): Layout {
  const [only] = members;
  if (members.length === 1 && only !== undefined) return only;
  const list = indent(softline, inBrackets(members));
  return group(ifBroken("("), list, softline, ifBroken(")"));
}

/** `A | B` inside of brackets. */
function inBrackets(members: readonly Layout[]): Layout {
  return group(join([line, "| "], members));
}
