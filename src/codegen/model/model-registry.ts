import { referencesOf, type Field, type Model, type ObjectModel, type Type } from "./api-model.js";
import { describeOrigin, type ContractProblem } from "./contract-error.js";
import { distinctIdentifiers } from "./identifiers.js";
import { RENAME_MODEL } from "./name-scope.js";

/** All models under their names, and what the types that refer to them become. */
export interface FinishedModels {
  readonly models: ReadonlyMap<string, Model>;
  /** A type in params with the final names of its models. */
  inputType(type: Type): Type;
  /** A type in a result or in an error's details with the final names of its models. */
  outputType(type: Type): Type;
}

/**
 * The models of all methods. A schema can be used in params and in results; where only defaults make
 * the two differ, it becomes two models: `Foo` for results, `FooInput` for params.
 *
 * Until {@link finish} the models are called by their keys (see `keyOf`): only when all are known
 * can be said which of them gets a name that several want.
 */
export class ModelRegistry {
  readonly problems: ContractProblem[] = [];
  readonly #inputs = new Map<string, Model>();
  readonly #outputs = new Map<string, Model>();
  /** What the models want to be called, by their keys. */
  readonly #wanted = new Map<string, string>();

  /** Adds a model; the same one may come from several places. */
  define(model: Model, name: string): void {
    this.#wanted.set(model.name, name);
    const models = model.input ? this.#inputs : this.#outputs;
    const known = models.get(model.name);
    if (known === undefined) models.set(model.name, model);
    else if (shapeOf(known) !== shapeOf(model)) this.#refuse(model, known);
  }

  /**
   * All models, sorted by name. An author's name is kept, a derived one that is taken gets a hash
   * of its place.
   *
   * @param taken names that no model may have
   */
  finish(taken: Iterable<string>): FinishedModels {
    const names = this.#namesOf(taken);
    const split = this.#splitKeys();
    const outputName = (key: string) => names.get(key) ?? key;
    const inputName = (key: string) => outputName(key) + (split.has(key) ? "Input" : "");
    const all = new Map<string, Model>();
    for (const model of this.#outputs.values()) {
      const renamed = withNames(model, outputName);
      all.set(renamed.name, renamed);
    }
    for (const model of this.#inputs.values()) {
      const renamed = withNames(model, inputName);
      const other = all.get(renamed.name);
      if (other !== undefined && shapeOf(other) !== shapeOf(renamed)) this.#refuse(renamed, other);
      all.set(renamed.name, { ...renamed, output: other !== undefined });
    }
    return {
      models: new Map([...all].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      inputType: (type) => renamedType(type, inputName),
      outputType: (type) => renamedType(type, outputName),
    };
  }

  /** The final names by key: derived models of one shape that want one name share it. */
  #namesOf(taken: Iterable<string>): ReadonlyMap<string, string> {
    const shared = new Map<string, string>();
    const firsts = new Map<string, string>();
    for (const key of [...this.#wanted.keys()].toSorted()) {
      const { model, shapes } = this.#formsOf(key);
      const identity = model.explicit ? key : JSON.stringify([this.#wanted.get(key), shapes]);
      const first = firsts.get(identity) ?? key;
      firsts.set(identity, first);
      shared.set(key, first);
    }
    const keys = [...firsts.values()];
    this.#refuseTwins(keys);
    const names = distinctIdentifiers([...taken, ...keys], (key) => this.#wanted.get(key) ?? key);
    return new Map([...shared].map(([key, first]) => [key, names.get(first)!]));
  }

  /** Derived names that come from different methods stay as they are or are refused. */
  #refuseTwins(keys: readonly string[]): void {
    const derived = new Map<string, Model>();
    for (const key of keys) {
      const { model } = this.#formsOf(key);
      if (model.explicit) continue;
      const name = this.#wanted.get(key)!;
      const other = derived.get(name) ?? model;
      derived.set(name, other);
      if (other.origin.method !== model.origin.method) this.#refuse(model, other);
    }
  }

  #formsOf(key: string): { model: Model; shapes: readonly (string | undefined)[] } {
    const input = this.#inputs.get(key);
    const output = this.#outputs.get(key);
    const shapes = [input, output].map((model) => model && shapeOf(model));
    return { model: (input ?? output)!, shapes };
  }

  /** The models whose forms differ by defaults, and those that contain such a model. */
  #splitKeys(): Set<string> {
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
    const name = this.#wanted.get(model.name) ?? model.name;
    const problem = `the model ${name} has another shape than at ${describeOrigin(other.origin)}`;
    this.problems.push({ ...model.origin, problem, fix: RENAME_MODEL });
  }
}

const shapes = new WeakMap<Model, string>();

/** What two models of one name must have in common: all but texts and order. */
function shapeOf(model: Model): string {
  const shape = shapes.get(model) ?? describeShape(model);
  shapes.set(model, shape);
  return shape;
}

function describeShape(model: Model): string {
  switch (model.kind) {
    case "object":
      return fieldsBy(model, (field) => [field.name, field.type, field.required, field.default]);
    case "enum":
      return JSON.stringify(model.values.map((value) => JSON.stringify(value)).toSorted());
    case "union":
      return JSON.stringify([model.discriminator, model.variants]);
    case "alias":
      return JSON.stringify(model.type);
  }
}

function shapeWithoutDefaults(model: Model): string {
  if (model.kind !== "object") return shapeOf(model);
  return fieldsBy(model, (field) => [field.name, field.type]);
}

function fieldsBy(model: ObjectModel, aspects: (field: Field) => unknown[]): string {
  const fields = model.fields.map((field) => JSON.stringify(aspects(field))).toSorted();
  return JSON.stringify([fields, model.rest]);
}

function withNames(model: Model, rename: (name: string) => string): Model {
  const name = rename(model.name);
  const renamed = (type: Type) => renamedType(type, rename);
  switch (model.kind) {
    case "object": {
      const fields = model.fields.map((field) => ({ ...field, type: renamed(field.type) }));
      return { ...model, name, fields, rest: model.rest && renamed(model.rest) };
    }
    case "union": {
      const variants = model.variants.map((variant) => ({
        ...variant,
        type: renamed(variant.type),
      }));
      return { ...model, name, variants };
    }
    case "alias":
      return { ...model, name, type: renamed(model.type) };
    case "enum":
      return { ...model, name };
  }
}

function renamedType(type: Type, rename: (name: string) => string): Type {
  const renamed = (inner: Type) => renamedType(inner, rename);
  switch (type.kind) {
    case "model":
      return { ...type, model: rename(type.model) };
    case "array":
      return { ...type, items: renamed(type.items) };
    case "tuple":
      return { ...type, items: type.items.map(renamed), rest: type.rest && renamed(type.rest) };
    case "map": {
      const keys = type.keys === undefined ? undefined : rename(type.keys);
      return { ...type, keys, values: renamed(type.values) };
    }
    case "nullable":
      return { ...type, type: renamed(type.type) };
    case "format":
    case "string":
    case "integer":
    case "number":
    case "boolean":
    case "null":
    case "unknown":
      return type;
  }
}
