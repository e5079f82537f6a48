import {
  type JsonKind,
  type Models,
  type Type,
  type UnionModel,
  type Variant,
} from "../../model/api-model.js";
import { distinctIdentifiers } from "../../model/identifiers.js";
import { capitalizedWords, wordsOf } from "../../model/words.js";

/** The members of a union's struct that are not variants. */
const UNION_MEMBERS = new Set(["MarshalJSON", "Unknown", "UnmarshalJSON"]);

/**
 * The names of a union's variants in it: objects by their type, others by their JSON type; by their
 * type in any case where the union is ambiguous.
 *
 * @param types the names of the models' types
 */
export function variantNames(
  union: UnionModel,
  models: Models,
  types: ReadonlyMap<string, string>,
): ReadonlyMap<Variant, string> {
  const keys = new Map(union.variants.map((variant, index) => [variant, `${index}`]));
  const words = new Map(
    [...keys].map(([variant, key]) => [key, variantWords(union, variant, models, types)]),
  );
  const names = distinctIdentifiers(keys.values(), (key) => {
    const name = words.get(key)!;
    return UNION_MEMBERS.has(name) ? `${name}_` : name;
  });
  return new Map([...keys].map(([variant, key]) => [variant, names.get(key)!]));
}

function variantWords(
  union: UnionModel,
  { json, type }: Variant,
  models: Models,
  types: ReadonlyMap<string, string>,
): string {
  if (union.ambiguous) return typeWords(type, union, types);
  const isObject = type.kind === "model" && models.get(type.model)?.kind === "object";
  return isObject ? typeWords(type, union, types) : KIND_WORDS[json];
}

const KIND_WORDS: Record<JsonKind, string> = {
  string: "StringValue",
  number: "NumberValue",
  boolean: "BooleanValue",
  array: "ListValue",
  object: "MapValue",
};

function typeWords(type: Type, union: UnionModel, types: ReadonlyMap<string, string>): string {
  switch (type.kind) {
    case "string":
    case "integer":
    case "number":
    case "boolean":
    case "null":
    case "unknown":
      return capitalizedWords([type.kind]);
    case "format":
      return capitalizedWords(wordsOf(type.format));
    case "array":
      return `${typeWords(type.items, union, types)}List`;
    case "tuple":
      return "Tuple";
    case "map":
      return `${typeWords(type.values, union, types)}Map`;
    case "nullable":
      return `${typeWords(type.type, union, types)}OrNull`;
    case "model":
      return withoutPrefix(types.get(type.model)!, types.get(union.name)!);
  }
}

/** A derived name begins with the union's name, which is redundant inside the union. */
function withoutPrefix(name: string, prefix: string): string {
  const rest = name.slice(prefix.length);
  return name.startsWith(prefix) && /^\p{Lu}/u.test(rest) ? rest : name;
}
