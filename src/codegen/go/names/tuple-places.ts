import { type ApiModel, type Model, type Type } from "../../model/api-model.js";

/** A tuple, which is a struct in Go. */
export type TupleType = Type & { readonly kind: "tuple" };

/** The place of a tuple. */
export interface TuplePlace {
  /** Unique for each tuple. */
  readonly key: string;
  /** The name of a struct for it: `RoutePosition`. */
  readonly name: string;
}

/** Names that are assigned before those of tuples. */
export interface NamesAround {
  readonly methods: ReadonlyMap<string, string>;
  /** Of models and errors. */
  readonly types: ReadonlyMap<string, string>;
  /** Of the properties of an object, of the variants of a union by their index. */
  readonly partOf: (model: Model, part: string | number) => string;
}

/** The tuples of an API. */
export function tuplePlaces(api: ApiModel, names: NamesAround): ReadonlyMap<TupleType, TuplePlace> {
  const found = new Map<TupleType, TuplePlace>();
  for (const model of api.models) {
    for (const [type, place] of partsOf(model, names)) visit(type, place, found);
  }
  for (const { name, details } of api.errors) {
    const place = { key: `${name}!`, name: `${names.types.get(name)!}Details` };
    visit(details, place, found);
  }
  for (const { name, params, result } of api.methods) {
    const method = names.methods.get(name)!;
    visit(params, { key: `${name}()`, name: `${method}Params` }, found);
    visit(result, { key: `${name}()=`, name: `${method}Result` }, found);
  }
  return found;
}

function partsOf(model: Model, names: NamesAround): [Type | undefined, TuplePlace][] {
  const here = { key: model.name, name: names.types.get(model.name)! };
  const part = (key: string | number) => inside(here, `.${key}`, names.partOf(model, key));
  switch (model.kind) {
    case "object":
      return [
        ...model.fields.map(({ name, type }): [Type, TuplePlace] => [type, part(name)]),
        [model.rest, inside(here, "*", "ExtraValue")],
      ];
    case "union":
      return model.variants.map(({ type }, index) => [type, part(index)]);
    case "alias":
      return [[model.type, model.type.kind === "nullable" ? inside(here, "", "Value") : here]];
    case "enum":
      return [];
  }
}

function visit(type: Type | undefined, place: TuplePlace, found: Map<TupleType, TuplePlace>): void {
  switch (type?.kind) {
    case "array":
      return visit(type.items, inside(place, "[]", "Item"), found);
    case "map":
      return visit(type.values, inside(place, "{}", "Value"), found);
    case "nullable":
      return visit(type.type, place, found);
    case "tuple":
      if (found.has(type)) return;
      found.set(type, place);
      type.items.forEach((item, index) => {
        visit(item, inside(place, `[${index}]`, `F${index}`), found);
      });
      return visit(type.rest, inside(place, "[*]", "RestItem"), found);
    default: // no other has a type in it
  }
}

function inside(place: TuplePlace, key: string, name: string): TuplePlace {
  return { key: place.key + key, name: place.name + name };
}
