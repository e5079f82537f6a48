import {
  referencesOf,
  type ApiModel,
  type EnumModel,
  type Model,
  type Models,
  type ObjectModel,
  type Type,
  type UnionModel,
  type WireFormat,
} from "../model/api-model.js";
import { flatText, list, type Code, type Imported } from "../print/source-file.js";
import type { Names } from "./names.js";
import { literal, runtime, stringLiteral, union } from "./source.js";

/** Prints the types of one API. */
export class TypePrinter {
  readonly #models: Models;
  readonly #names: Names;
  readonly #declared: ReadonlySet<string>;

  constructor(api: ApiModel, names: Names) {
    this.#models = api.byName;
    this.#names = names;
    this.#declared = declaredModels(api);
  }

  /** Whether a model has a declaration: other enums and unions are written inline. */
  isDeclared(model: Model): boolean {
    return this.#declared.has(model.name);
  }

  name(model: Model): Imported {
    return this.#names.model(model.name);
  }

  type(type: Type): Code {
    return unionOf(this.#membersOf(type, false));
  }

  /** The definition of a declared model. */
  definition(model: Exclude<Model, ObjectModel>): Code {
    return unionOf(
      model.kind === "alias"
        ? this.#membersOf(model.type, true)
        : this.#membersOfModel(model, true),
    );
  }

  /** The type of the values under other keys. It accepts the values of the fields as well. */
  restValues(model: ObjectModel, rest: Type): Code {
    const types = [rest, ...model.fields.map((field) => field.type)];
    const members = types.flatMap((type) => this.#membersOf(type, false));
    if (members.includes("unknown")) return "unknown";
    const isOptional = model.fields.some((field) => !field.required);
    return unionOf(isOptional ? [...members, "undefined"] : members);
  }

  /**
   * @param aliased in an alias, which may contain itself: TypeScript puts that off for the types of
   * objects and lists, but not for the arguments of `Record`
   */
  #membersOf(type: Type, aliased: boolean): Code[] {
    switch (type.kind) {
      case "string":
      case "number":
      case "boolean":
      case "null":
      case "unknown":
        return [type.kind];
      case "integer":
        return ["number"];
      case "format":
        return [typeOfFormat(type.format)];
      case "array":
        return [this.#listOf(type.items, aliased)];
      case "tuple": {
        const items = type.items.map((item) => unionOf(this.#membersOf(item, aliased)));
        const rest = type.rest === undefined ? [] : [["...", this.#listOf(type.rest, aliased)]];
        return [list("[", [...items, ...rest], "]")];
      }
      case "map":
        return [this.#mapOf(type, aliased)];
      case "nullable":
        return [...this.#membersOf(type.type, aliased), "null"];
      case "model": {
        const model = this.#models.get(type.model)!;
        return this.isDeclared(model) ? [this.name(model)] : this.#membersOfModel(model, aliased);
      }
    }
  }

  #membersOfModel(model: Model, aliased: boolean): Code[] {
    switch (model.kind) {
      case "object":
        return [this.name(model)];
      case "alias":
        return this.#membersOf(model.type, aliased);
      case "enum":
        return [...model.values.map(literal), ...openMembers(model)];
      case "union":
        return [
          ...model.variants.flatMap(({ type }) => this.#membersOf(type, aliased)),
          ...openMembers(model),
        ];
    }
  }

  /** A type in parentheses if it has several alternatives. */
  #listOf(items: Type, aliased: boolean): Code {
    const members = distinct(this.#membersOf(items, aliased));
    return members.length === 1 ? [members[0]!, "[]"] : ["(", union(members), ")[]"];
  }

  #mapOf({ keys, values }: Type & { kind: "map" }, aliased: boolean): Code {
    const value = unionOf(this.#membersOf(values, aliased));
    if (keys === undefined) {
      return aliased ? ["{ [key: string]: ", value, " }"] : ["Record<string, ", value, ">"];
    }
    const key = this.type({ kind: "model", model: keys });
    return aliased
      ? ["{ [Key in ", key, "]?: ", value, " }"]
      : ["Partial<Record<", key, ", ", value, ">>"];
  }
}

/** The values that are not known yet. */
function openMembers(model: EnumModel | UnionModel): Code[] {
  if (!model.open) return [];
  if (model.kind === "union") {
    return [[runtime.UnknownVariant, `<${stringLiteral(model.discriminator ?? "")}>`]];
  }
  return [model.base === "string" ? "(string & {})" : "(number & {})"];
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
 * The models with a declaration: objects, those with an author's name, and those that contain
 * themselves.
 */
function declaredModels(api: ApiModel): ReadonlySet<string> {
  const isNamed = (model: Model) =>
    model.kind === "object" || model.kind === "alias" || model.explicit;
  const contains = (model: Model, name: string, seen: Set<string>): boolean =>
    referencesOf(model).some((reference) => {
      if (reference === name) return true;
      const target = api.byName.get(reference)!;
      if (isNamed(target) || seen.has(reference)) return false;
      seen.add(reference);
      return contains(target, name, seen);
    });
  const declared = api.models.filter(
    (model) => isNamed(model) || contains(model, model.name, new Set()),
  );
  return new Set(declared.map((model) => model.name));
}

function unionOf(members: readonly Code[]): Code {
  const all = distinct(members);
  return all.length === 1 ? all[0]! : union(all);
}

function distinct(members: readonly Code[]): Code[] {
  return [...new Map(members.map((member) => [flatText(member), member])).values()];
}
