import {
  unreachable,
  type EnumModel,
  type Model,
  type Models,
  type Type,
  type UnionModel,
} from "../api-model.js";
import {
  bracketed,
  group,
  ifBroken,
  indent,
  join,
  line,
  softline,
  type Layout,
} from "../layout.js";
import { attributeName } from "./names.js";
import { literal, stringLiteral, subscript } from "./source.js";

/** An annotation for a type; `optional` adds None to it. */
export function annotation(type: Type, models: Models, optional = false): Layout {
  const members = membersOf(type, models);
  const hasNone = type.kind === "nullable" || type.kind === "unknown";
  return inParentheses(optional && !hasNone ? [...members, "None"] : members);
}

/** What a model with a name of its author stands for. */
export function aliasedType(model: EnumModel | UnionModel, models: Models): Layout {
  return inParentheses(membersOfModel(model, models));
}

function membersOf(type: Type, models: Models): Layout[] {
  switch (type.kind) {
    case "string":
      return ["str"];
    case "integer":
      return ["int"];
    case "number":
      return ["float"];
    case "boolean":
      return ["bool"];
    case "unknown":
      return ["Any"];
    case "array":
      return [subscript("list", inBrackets(membersOf(type.items, models)))];
    case "map":
      return [bracketed("dict[", ["str", inBrackets(membersOf(type.values, models))], "]")];
    case "nullable":
      return [...membersOf(type.type, models), "None"];
    case "model": {
      const model = models.get(type.model)!;
      const byName = model.kind === "object" || model.explicit;
      return byName ? [model.name] : membersOfModel(model, models);
    }
    default:
      return unreachable(type);
  }
}

function membersOfModel(model: Model, models: Models): Layout[] {
  switch (model.kind) {
    case "object":
      return [model.name];
    case "enum":
      return literalTypes([model]);
    case "union":
      return unionMembers(model, models);
    default:
      return unreachable(model);
  }
}

/** `Literal` cannot hold fractions: an enum with one is any number. */
function literalTypes(enums: readonly EnumModel[]): Layout[] {
  const fractions = enums.filter((model) => model.base === "number");
  const values = enums.filter((model) => model.base !== "number").flatMap((model) => model.values);
  const literals = values.map(literal);
  const [only] = literals;
  const types = fractions.length > 0 ? ["float"] : [];
  if (only === undefined) return types;
  if (literals.length === 1) return [subscript("Literal", only), ...types];
  return [bracketed("Literal[", literals, "]"), ...types];
}

function unionMembers({ variants, discriminator }: UnionModel, models: Models): Layout[] {
  const enums = variants.flatMap(({ type }) => enumInPlace(type, models));
  const others = variants.filter(
    ({ tags, type }) => tags.length === 0 && enumInPlace(type, models).length === 0,
  );
  const members = [
    ...literalTypes(enums),
    ...others.flatMap((variant) => membersOf(variant.type, models)),
  ];
  if (discriminator === undefined) return members;
  const tagged = variants.filter((variant) => variant.tags.length > 0);
  const union = inBrackets(tagged.flatMap((variant) => membersOf(variant.type, models)));
  const name = stringLiteral(attributeName(discriminator));
  const field = bracketed("Field(", [`discriminator=${name}`], ")");
  return [...members, bracketed("Annotated[", [union, field], "]")];
}

function enumInPlace(type: Type, models: Models): EnumModel[] {
  const model = type.kind === "model" ? models.get(type.model) : undefined;
  return model?.kind === "enum" && !model.explicit ? [model] : [];
}

/** `A | B` where a line can end only in parentheses. */
function inParentheses(members: readonly Layout[]): Layout {
  const [only] = members;
  if (members.length === 1 && only !== undefined) return only;
  const list = indent(softline, inBrackets(members));
  return group(ifBroken("("), list, softline, ifBroken(")"));
}

/** `A | B` inside of brackets. */
function inBrackets(members: readonly Layout[]): Layout {
  return group(join([line, "| "], members));
}
