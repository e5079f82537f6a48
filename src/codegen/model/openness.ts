import { referencesOf, type Model, type Models, type UnionModel } from "./api-model.js";

/** Sets the properties that depend on all models: which are open, which contain themselves. */
export function withOpenness(all: readonly Model[]): Model[] {
  const models = new Map(all.map((model) => [model.name, model]));
  const tags = new Set(all.flatMap((model) => tagEnums(model, models)));
  return all.map((model) => {
    switch (model.kind) {
      case "enum": {
        const isClosed = model.base === "boolean" || model.values.length === 1;
        return { ...model, open: model.output && !isClosed && !tags.has(model.name) };
      }
      case "union":
        return { ...model, open: model.output && canHaveOtherTags(model) };
      case "alias":
        return { ...model, recursive: containsItself(model, models) };
      default:
        return model;
    }
  });
}

/** A newer server can add a variant unless the tags are true and false. */
function canHaveOtherTags({ discriminator, variants }: UnionModel): boolean {
  const tags = variants.flatMap((variant) => variant.tags);
  return discriminator !== undefined && tags.every((tag) => typeof tag !== "boolean");
}

/** The enums of the discriminator in a union's variants. */
export function tagEnums(union: Model, models: Models): string[] {
  if (union.kind !== "union" || union.discriminator === undefined) return [];
  return union.variants.flatMap(({ type }) => {
    const model = type.kind === "model" ? models.get(type.model) : undefined;
    if (model?.kind !== "object") return [];
    const tag = model.fields.find((field) => field.name === union.discriminator)?.type;
    return tag?.kind === "model" ? [tag.model] : [];
  });
}

/**
 * Whether a model contains itself with no object in between. The name of such a type must be declared
 * before its definition.
 */
export function containsItself(model: Model, models: Models): boolean {
  return typesIn(model, models).has(model);
}

/** The models that a model contains with no object in between. */
export function typesIn(model: Model, models: Models): ReadonlySet<Model> {
  const found = new Set<Model>();
  const open = [model];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.kind === "object" || next.kind === "enum") continue;
    const inner = referencesOf(next).map((name) => models.get(name)!);
    open.push(...inner.filter((other) => !found.has(other)));
    for (const other of inner) found.add(other);
  }
  return found;
}
