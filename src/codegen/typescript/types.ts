import { unreachable, type Model, type Models, type Type } from "../api-model.js";
import { group, ifBroken, indent, join, line, softline, type Layout } from "../layout.js";
import { literal } from "./source.js";

/** A type after a `:` or `=`, with the space or the line end before it. */
export function typeAfterSign(type: Type, models: Models): Layout {
  return afterSign(membersOf(type, models));
}

/** The type that a model with a name of its author stands for. */
export function aliasAfterSign(model: Model, models: Models): Layout {
  return afterSign(membersOfModel(model, models));
}

/** What a union has, or the one type that is no union. */
interface Member {
  readonly layout: Layout;
  /** Null and a single name or `Record` stay on one line: Prettier does not break such a union. */
  readonly huggable: boolean;
}

const NULL: Member = { layout: "null", huggable: false };

function membersOf(type: Type, models: Models): Member[] {
  switch (type.kind) {
    case "string":
    case "number":
    case "boolean":
    case "unknown":
      return [{ layout: type.kind, huggable: false }];
    case "integer":
      return [{ layout: "number", huggable: false }];
    case "array":
      return [{ layout: [element(type.items, models), "[]"], huggable: false }];
    case "map":
      return [{ layout: recordOf(type.values, models), huggable: true }];
    case "nullable":
      return [...membersOf(type.type, models), NULL];
    case "model": {
      const model = models.get(type.model)!;
      const byName = model.kind === "object" || model.explicit;
      return byName ? [{ layout: model.name, huggable: true }] : membersOfModel(model, models);
    }
    default:
      return unreachable(type);
  }
}

function membersOfModel(model: Model, models: Models): Member[] {
  switch (model.kind) {
    case "object":
      return [{ layout: model.name, huggable: true }];
    case "enum":
      return model.values.map((value) => ({ layout: literal(value), huggable: false }));
    case "union":
      return model.variants.flatMap((variant) => membersOf(variant.type, models));
    default:
      return unreachable(model);
  }
}

function afterSign(members: readonly Member[]): Layout {
  if (isOneLine(members)) return [" ", oneLine(members)];
  return group(indent(line, alternatives(members)));
}

/** The items of an array: several alternatives need parentheses. */
function element(type: Type, models: Models): Layout {
  const members = membersOf(type, models);
  const [only] = members;
  if (members.length === 1 && only !== undefined) return only.layout;
  if (isOneLine(members)) return ["(", oneLine(members), ")"];
  return group("(", indent(softline, alternatives(members)), softline, ")");
}

function recordOf(values: Type, models: Models): Layout {
  const members = membersOf(values, models);
  const layout = isOneLine(members) ? oneLine(members) : alternatives(members);
  return group("Record<", indent(softline, "string,", line, layout), softline, ">");
}

function isOneLine(members: readonly Member[]): boolean {
  const others = members.filter((member) => member !== NULL);
  return members.length === 1 || (others.length === 1 && others[0]!.huggable);
}

function oneLine(members: readonly Member[]): Layout {
  return join(
    " | ",
    members.map((member) => member.layout),
  );
}

function alternatives(members: readonly Member[]): Layout {
  const layouts = members.map((member) => indent(member.layout));
  return group(ifBroken("| "), join([line, "| "], layouts));
}
