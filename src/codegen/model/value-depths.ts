import { type Model, type Models, type Type } from "./api-model.js";

/**
 * The depth of the shallowest value of each model. A model without an entry has no finite value: it
 * always contains itself.
 */
export function valueDepths(models: Models): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  for (let round = 0, before = -1; before !== depths.size; round++) {
    before = depths.size;
    const found = [...models.values()].filter(
      (model) => !depths.has(model.name) && endsWith(model, depths),
    );
    for (const { name } of found) depths.set(name, round);
  }
  return depths;
}

/** Whether a model has a finite value if the known models have one. */
function endsWith(model: Model, known: ReadonlyMap<string, number>): boolean {
  switch (model.kind) {
    case "enum":
      return true;
    case "object":
      return model.fields.every((field) => !field.required || ends(field.type, known));
    case "union":
      return model.variants.some((variant) => ends(variant.type, known));
    case "alias":
      return ends(model.type, known);
  }
}

function ends(type: Type, known: ReadonlyMap<string, number>): boolean {
  switch (type.kind) {
    case "model":
      return known.has(type.model);
    case "tuple":
      return type.items.every((item) => ends(item, known));
    case "array":
    case "map":
    case "nullable":
    case "format":
    case "string":
    case "integer":
    case "number":
    case "boolean":
    case "null":
    case "unknown":
      return true;
  }
}
