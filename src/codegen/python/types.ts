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
  const isAny = type.kind === "unknown";
  return unionOf(optional && !isAny && !members.includes("None") ? [...members, "None"] : members);
}

/** What a model with a name of its author stands for. */
export function aliasedType(model: EnumModel | UnionModel, models: Models): Layout {
  return unionOf(membersOfModel(model, models));
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
      return [subscript("list", annotation(type.items, models))];
    case "map":
      return [bracketed("dict[", ["str", annotation(type.values, models)], "]")];
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
      return [literalType(model)];
    case "union":
      return unionMembers(model, models);
    default:
      return unreachable(model);
  }
}

/** `Literal` cannot hold fractions: such an enum is any number. */
function literalType({ base, values }: EnumModel): Layout {
  if (base === "number") return "float";
  const literals = values.map(literal);
  const [only] = literals;
  return literals.length === 1 && only !== undefined
    ? subscript("Literal", only)
    : bracketed("Literal[", literals, "]");
}

function unionMembers({ variants, discriminator }: UnionModel, models: Models): Layout[] {
  const others = variants.filter((variant) => variant.tags.length === 0);
  const members = others.flatMap((variant) => membersOf(variant.type, models));
  if (discriminator === undefined) return members;
  const tagged = variants.filter((variant) => variant.tags.length > 0);
  const union = unionOf(tagged.flatMap((variant) => membersOf(variant.type, models)));
  const name = stringLiteral(attributeName(discriminator));
  const field = bracketed("Field(", [`discriminator=${name}`], ")");
  return [...members, bracketed("Annotated[", [union, field], "]")];
}

/** `A | B`; where that is too long `Union[...]`, which can be broken after commas. */
function unionOf(members: readonly Layout[]): Layout {
  const [only] = members;
  if (members.length === 1 && only !== undefined) return only;
  const list = indent(softline, join([ifBroken(",", " |"), line], members));
  return group(ifBroken("Union["), list, ifBroken(","), softline, ifBroken("]"));
}
