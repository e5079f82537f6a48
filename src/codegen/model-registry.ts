import {
  referencesOf,
  unreachable,
  type Field,
  type Model,
  type ObjectModel,
  type Type,
} from "./api-model.js";
import { describeOrigin, type ContractProblem } from "./contract-error.js";
import { RENAME_MODEL } from "./name-scope.js";

/**
 * The models of all methods by name. A schema can stand in params and in results; where only
 * defaults make the two differ, it becomes two models: `Foo` for results, `FooInput` for params.
 */
export class ModelRegistry {
  readonly problems: ContractProblem[] = [];
  readonly #inputs = new Map<string, Model>();
  readonly #outputs = new Map<string, Model>();

  /** Adds a model; the same one may come from several places. */
  define(model: Model): void {
    const models = model.input ? this.#inputs : this.#outputs;
    const known = models.get(model.name);
    if (known === undefined) models.set(model.name, model);
    else if (shapeOf(known) !== shapeOf(model)) this.#refuse(model, known);
  }

  /**
   * All models, sorted by name, and the names of those that became two. The two forms refer to the
   * names without the suffix until {@link inputName} is applied.
   */
  finish(): { models: ReadonlyMap<string, Model>; inputName: (name: string) => string } {
    const split = this.#splitNames();
    const inputName = (name: string) => (split.has(name) ? `${name}Input` : name);
    const all = new Map<string, Model>(this.#outputs);
    for (const model of this.#inputs.values()) {
      const renamed = withNames(model, inputName);
      const taken = split.has(model.name) ? all.get(renamed.name) : undefined;
      if (taken !== undefined) this.#refuse(renamed, taken);
      all.set(renamed.name, renamed);
    }
    const sorted = [...all].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return { models: new Map(sorted), inputName };
  }

  /** The models whose forms differ by defaults, and those that contain such a model. */
  #splitNames(): Set<string> {
    const both = [...this.#inputs.values()].flatMap((input) => {
      const output = this.#outputs.get(input.name);
      return output === undefined ? [] : [{ input, output }];
    });
    const split = new Set<string>();
    for (const { input, output } of both) {
      if (shapeOf(input) === shapeOf(output)) continue;
      if (shapeWithoutDefaults(input) === shapeWithoutDefaults(output)) split.add(input.name);
      else this.#refuse(input, output);
    }
    for (let before = -1; before !== split.size;) {
      before = split.size;
      for (const { input } of both) {
        if (referencesOf(input).some((name) => split.has(name))) split.add(input.name);
      }
    }
    return split;
  }

  #refuse(model: Model, other: Model): void {
    const problem = `the model ${model.name} has another shape than at ${describeOrigin(other.origin)}`;
    this.problems.push({ ...model.origin, problem, fix: RENAME_MODEL });
  }
}

/** What two models of one name must have in common: all but texts and order. */
function shapeOf(model: Model): string {
  switch (model.kind) {
    case "object":
      return fieldsBy(model, (field) => [field.name, field.type, field.required, field.default]);
    case "enum":
      return JSON.stringify(model.values.map((value) => JSON.stringify(value)).toSorted());
    case "union":
      return JSON.stringify([model.discriminator, model.variants]);
    default:
      return unreachable(model);
  }
}

function shapeWithoutDefaults(model: Model): string {
  if (model.kind !== "object") return shapeOf(model);
  return fieldsBy(model, (field) => [field.name, field.type]);
}

function fieldsBy(model: ObjectModel, aspects: (field: Field) => unknown[]): string {
  return JSON.stringify(model.fields.map((field) => JSON.stringify(aspects(field))).toSorted());
}

function withNames(model: Model, rename: (name: string) => string): Model {
  const name = rename(model.name);
  switch (model.kind) {
    case "object": {
      const fields = model.fields.map((field) => ({
        ...field,
        type: renamedType(field.type, rename),
      }));
      return { ...model, name, fields };
    }
    case "union": {
      const variants = model.variants.map((variant) => ({
        ...variant,
        type: renamedType(variant.type, rename),
      }));
      return { ...model, name, variants };
    }
    case "enum":
      return { ...model, name };
    default:
      return unreachable(model);
  }
}

function renamedType(type: Type, rename: (name: string) => string): Type {
  switch (type.kind) {
    case "model":
      return { ...type, model: rename(type.model) };
    case "array":
      return { ...type, items: renamedType(type.items, rename) };
    case "map":
      return { ...type, values: renamedType(type.values, rename) };
    case "nullable":
      return { ...type, type: renamedType(type.type, rename) };
    case "string":
    case "integer":
    case "number":
    case "boolean":
    case "unknown":
      return type;
    default:
      return unreachable(type);
  }
}
