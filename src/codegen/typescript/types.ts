import {
  referencesOf,
  unreachable,
  type EnumModel,
  type Model,
  type Models,
  type ObjectModel,
  type Type,
  type UnionModel,
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
import { literal, stringLiteral } from "./source.js";

/** The type of an object of an unknown kind: a part of unions that are open. */
export const UNKNOWN_VARIANT = "UnknownVariant";

/** What a union has, or the one type that is no union. */
interface Member {
  readonly layout: Layout;
  /** Null and a single name or object stay on one line: Prettier does not break such a union. */
  readonly huggable: boolean;
}

const NULL: Member = { layout: "null", huggable: false };

/** Prints the types of one API. */
export class TypePrinter {
  readonly #models: Models;
  readonly #identifiers: ReadonlyMap<string, string>;
  readonly #declared: ReadonlySet<string>;

  /** @param identifiers the names of the models in TypeScript */
  constructor(models: Models, identifiers: ReadonlyMap<string, string>) {
    this.#models = models;
    this.#identifiers = identifiers;
    this.#declared = declaredModels(models);
  }

  /** Whether a model has a declaration: other enums and unions stand in place. */
  isDeclared(model: Model): boolean {
    return this.#declared.has(model.name);
  }

  identifier(model: string): string {
    return this.#identifiers.get(model) ?? model;
  }

  /** A type after a `:`, with the space or the line end before it. */
  afterColon(type: Type): Layout {
    return afterColon(this.#membersOf(type, false));
  }

  /** What a declared model stands for after the `=`, with the space or the line end before it. */
  afterEquals(model: Exclude<Model, ObjectModel>): Layout {
    const members =
      model.kind === "alias"
        ? this.#membersOf(model.type, true)
        : this.#membersOfModel(model, true);
    if (!isOneLine(members)) return afterColon(members);
    return [group(indent(line)), oneLine(members)];
  }

  /** The type of the values under keys that are no fields, and that fits the fields as well. */
  indexSignature(model: ObjectModel, rest: Type): Layout {
    const types = [rest, ...model.fields.map((field) => field.type)];
    const members = distinct(types.flatMap((type) => this.#membersOf(type, false)));
    const isOptional = model.fields.some((field) => !field.required);
    const all = isOptional ? [...members, { layout: "undefined", huggable: false }] : members;
    const any = members.find((member) => member.layout === "unknown");
    return indexed(any === undefined ? all : [any]);
  }

  /** A type as the only argument of a generic one. */
  argument(generic: string, type: Type): Layout {
    const members = this.#membersOf(type, false);
    if (isOneLine(members) && isShort(members)) return [generic, "<", oneLine(members), ">"];
    return group(generic, "<", indent(softline, oneLineOrAlternatives(members)), softline, ">");
  }

  /** The names of all declarations that the text of a type mentions. */
  namesIn(type: Type): string[] {
    switch (type.kind) {
      case "array":
        return this.namesIn(type.items);
      case "tuple":
        return [...type.items, ...(type.rest === undefined ? [] : [type.rest])].flatMap((item) =>
          this.namesIn(item),
        );
      case "map": {
        const keys = type.keys === undefined ? [] : this.#namesOfModel(type.keys);
        return [...keys, ...this.namesIn(type.values)];
      }
      case "nullable":
        return this.namesIn(type.type);
      case "model":
        return this.#namesOfModel(type.model);
      default:
        return [];
    }
  }

  #namesOfModel(name: string): string[] {
    if (this.#declared.has(name)) return [this.identifier(name)];
    const model = this.#models.get(name)!;
    if (model.kind !== "union") return [];
    const names = model.variants.flatMap((variant) => this.namesIn(variant.type));
    return model.open ? [...names, UNKNOWN_VARIANT] : names;
  }

  /**
   * @param aliased in an alias, which may contain itself: TypeScript puts that off for the types of
   * objects and lists, but not for the arguments of `Record`
   */
  #membersOf(type: Type, aliased: boolean): Member[] {
    switch (type.kind) {
      case "string":
      case "number":
      case "boolean":
      case "unknown":
        return [{ layout: type.kind, huggable: false }];
      case "integer":
        return [{ layout: "number", huggable: false }];
      case "null":
        return [NULL];
      case "format":
        return [{ layout: typeOfFormat(type.format), huggable: false }];
      case "array":
        return [{ layout: this.#listOf(type.items, aliased), huggable: false }];
      case "tuple":
        return [{ layout: this.#tupleOf(type.items, type.rest, aliased), huggable: false }];
      case "map": {
        if (!aliased) return [{ layout: this.#mapOf(type), huggable: true }];
        return [{ layout: this.#mapInAlias(type), huggable: type.keys === undefined }];
      }
      case "nullable":
        return distinct([...this.#membersOf(type.type, aliased), NULL]);
      case "model": {
        const model = this.#models.get(type.model)!;
        if (!this.#declared.has(model.name)) return this.#membersOfModel(model, aliased);
        return [{ layout: this.identifier(model.name), huggable: true }];
      }
      default:
        return unreachable(type);
    }
  }

  #membersOfModel(model: Model, aliased: boolean): Member[] {
    switch (model.kind) {
      case "object":
        return [{ layout: this.identifier(model.name), huggable: true }];
      case "alias":
        return this.#membersOf(model.type, aliased);
      case "enum":
        return [...model.values.map((value) => of(literal(value))), ...openMembers(model)];
      case "union": {
        const members = model.variants.flatMap(({ type }) => this.#membersOf(type, aliased));
        return distinct([...members, ...openMembers(model)]);
      }
      default:
        return unreachable(model);
    }
  }

  /** Several alternatives need parentheses. */
  #listOf(items: Type, aliased: boolean): Layout {
    const members = this.#membersOf(items, aliased);
    const [only] = members;
    if (members.length === 1 && only !== undefined) return [only.layout, "[]"];
    if (isOneLine(members)) return ["(", oneLine(members), ")[]"];
    return group("(", indent(softline, alternatives(members)), softline, ")[]");
  }

  #tupleOf(items: readonly Type[], rest: Type | undefined, aliased: boolean): Layout {
    const places = items.map((item) => this.#membersOf(item, aliased));
    const isAlone = places.length === 1 && rest === undefined;
    const layouts = places.map((members) => {
      if (isOneLine(members)) return oneLine(members);
      return isAlone ? alternatives(members) : inParenthesesIfBroken(members);
    });
    const end = rest === undefined ? [] : [["...", this.#listOf(rest, aliased)]];
    return bracketed("[", [...layouts, ...end], "]");
  }

  #mapOf({ keys, values }: Type & { kind: "map" }): Layout {
    const value = oneLineOrAlternatives(this.#membersOf(values, false));
    const key = keys === undefined ? "string" : oneLineOrAlternatives(this.#keys(keys));
    const record = group("Record<", indent(softline, key, ",", line, value), softline, ">");
    return keys === undefined ? record : group("Partial<", indent(softline, record), softline, ">");
  }

  #mapInAlias({ keys, values }: Type & { kind: "map" }): Layout {
    const members = this.#membersOf(values, true);
    const property =
      keys === undefined
        ? indexed(members)
        : [inKeyBrackets(["Key in", afterColon(this.#keys(keys))]), "?:", afterColon(members)];
    return group("{", indent(line, property), ifBroken(";"), line, "}");
  }

  #keys(model: string): Member[] {
    return this.#membersOf({ kind: "model", model }, false);
  }
}

function of(layout: Layout): Member {
  return { layout, huggable: false };
}

/** The values that are not known yet. */
function openMembers(model: EnumModel | UnionModel): Member[] {
  if (!model.open) return [];
  if (model.kind === "enum") {
    return [of(model.base === "string" ? "(string & {})" : "(number & {})")];
  }
  return [of([UNKNOWN_VARIANT, "<", stringLiteral(model.discriminator ?? ""), ">"])];
}

function typeOfFormat(format: WireFormat): string {
  switch (format) {
    case "int64":
    case "uint64":
      return "bigint";
    case "base64":
    case "base64url":
      return "Uint8Array";
    default:
      return "string";
  }
}

/**
 * The models that get a declaration: objects, those with a name of their author, and those that
 * contain themselves.
 */
function declaredModels(models: Models): ReadonlySet<string> {
  const isNamed = (model: Model) =>
    model.kind === "object" || model.kind === "alias" || model.explicit;
  const contains = (model: Model, name: string, seen: Set<string>): boolean =>
    referencesOf(model).some((reference) => {
      if (reference === name) return true;
      const target = models.get(reference)!;
      if (isNamed(target) || seen.has(reference)) return false;
      seen.add(reference);
      return contains(target, name, seen);
    });
  const declared = [...models.values()].filter(
    (model) => isNamed(model) || contains(model, model.name, new Set()),
  );
  return new Set(declared.map((model) => model.name));
}

function distinct(members: readonly Member[]): Member[] {
  return [...new Map(members.map((member) => [JSON.stringify(member.layout), member])).values()];
}

function indexed(members: readonly Member[]): Layout {
  return [inKeyBrackets("key: string"), ":", afterColon(members)];
}

function inKeyBrackets(content: Layout): Layout {
  return group("[", indent(softline, content), softline, "]");
}

function afterColon(members: readonly Member[]): Layout {
  if (isOneLine(members)) return [" ", oneLine(members)];
  return group(indent(line, alternatives(members)));
}

function inParenthesesIfBroken(members: readonly Member[]): Layout {
  return group(indent(ifBroken(["(", softline]), alternatives(members)), softline, ifBroken(")"));
}

function oneLineOrAlternatives(members: readonly Member[]): Layout {
  return isOneLine(members) ? oneLine(members) : alternatives(members);
}

function isOneLine(members: readonly Member[]): boolean {
  const others = members.filter((member) => member !== NULL);
  return members.length === 1 || (others.length === 1 && others[0]!.huggable);
}

/** Whether there is nothing in it that could be broken. */
function isShort(members: readonly Member[]): boolean {
  return members.length > 1 || typeof members[0]?.layout === "string";
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
