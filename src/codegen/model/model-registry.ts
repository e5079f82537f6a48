import { referencesOf, type Field, type Model, type ObjectModel, type Type } from "./api-model.js";
import { describeOrigin, type ContractProblem } from "./contract-error.js";
import { distinctIdentifiers } from "./identifiers.js";
import { RENAME_MODEL } from "./name-scope.js";
import { tagEnums } from "./openness.js";

/** All models under their names, and what the types that refer to them become. */
export interface FinishedModels {
  readonly models: ReadonlyMap<string, Model>;
  /** A type in params with the final names of its models. */
  inputType(type: Type): Type;
  /** A type in a result or in an error's details with the final names of its models. */
  outputType(type: Type): Type;
}

/** What {@link ModelRegistry} knows of a model that was not finished. */
interface Entry {
  /** What it wants to be called. */
  readonly name: string;
  /** What it is a part of. */
  readonly owner: string;
  input?: Model;
  output?: Model;
}

/**
 * The models of all methods. A schema can be used in params and in results; where its forms differ,
 * as by a default or a computed field, it becomes two models: `Foo` for results, `FooInput` for params.
 *
 * Until {@link finish} the models are called by their keys (see `keyOf`): only when all are known
 * can be said which of them gets a name that several want.
 */
export class ModelRegistry {
  readonly problems: ContractProblem[] = [];
  readonly warnings: ContractProblem[] = [];
  readonly #entries = new Map<string, Entry>();

  /** Adds a model; the same one may come from several places. */
  define(model: Model, name: string, owner: string): void {
    const entry: Entry = this.#entries.get(model.name) ?? { name, owner };
    this.#entries.set(model.name, entry);
    const side = model.input ? "input" : "output";
    const known = entry[side];
    if (known === undefined) entry[side] = model;
    else if (shapeOf(known) !== shapeOf(model)) this.#refuse(model, known);
  }

  /**
   * All models, sorted by name. An author's name is kept if no other model wants it; otherwise those
   * that are spelled differently, and derived names that are taken, get a hash.
   *
   * @param taken names that no model may have
   */
  finish(taken: Iterable<string>): FinishedModels {
    const firsts = this.#shared();
    const split = this.#splitKeys();
    this.#refuseTwins(new Set(firsts.values()));
    const wanted = new Map<string, string>();
    for (const [key, first] of firsts) {
      const { name } = this.#entries.get(first)!;
      wanted.set(first, name);
      if (split.has(key)) wanted.set(inputKey(first), `${name}Input`);
    }
    const names = distinctIdentifiers(
      [...taken, ...wanted.keys()],
      (key) => wanted.get(key) ?? key,
    );
    const outputName = (key: string) => names.get(firsts.get(key) ?? key) ?? key;
    const inputName = (key: string) =>
      split.has(key) ? names.get(inputKey(firsts.get(key)!))! : outputName(key);
    const all = new Map<string, Model>();
    for (const { output } of this.#entries.values()) {
      if (output !== undefined) all.set(outputName(output.name), withNames(output, outputName));
    }
    for (const { input } of this.#entries.values()) {
      if (input === undefined) continue;
      const renamed = withNames(input, inputName);
      all.set(renamed.name, { ...renamed, output: all.get(renamed.name)?.output ?? false });
    }
    return {
      models: new Map([...all].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      inputType: (type) => renamedType(type, inputName),
      outputType: (type) => renamedType(type, outputName),
    };
  }

  /**
   * For each key the one whose model stands for it: models without a name of their author that have
   * one form and one owner are one. That of the shortest name stands for all.
   */
  #shared(): ReadonlyMap<string, string> {
    const sorted = [...this.#entries].toSorted(
      ([a, { name: x }], [b, { name: y }]) => x.length - y.length || (a < b ? -1 : 1),
    );
    const byKey = new Map(sorted.map(([key, { input, output }]) => [key, (input ?? output)!]));
    // What is open in a result is closed as a discriminator.
    const tags = new Set([...byKey.values()].flatMap((model) => tagEnums(model, byKey)));
    const isOpenElsewhere = (key: string, model: Model) =>
      tags.has(key) && model.kind === "enum" && model.values.length > 1;
    let firsts = new Map<string, string>();
    // Models are equal until they refer to different ones.
    for (let before = -1; before !== new Set(firsts.values()).size;) {
      before = new Set(firsts.values()).size;
      const byForm = new Map<string, string>();
      const next = new Map<string, string>();
      for (const [key, { owner, input, output }] of sorted) {
        const isNamed = byKey.get(key)!.explicit;
        const standIn = (name: string) => firsts.get(name) ?? "";
        const form = JSON.stringify(
          isNamed
            ? key
            : [
                owner,
                isOpenElsewhere(key, byKey.get(key)!),
                firsts.get(key),
                formOf(input, standIn),
                formOf(output, standIn),
              ],
        );
        byForm.set(form, byForm.get(form) ?? key);
        next.set(key, byForm.get(form)!);
      }
      firsts = next;
    }
    // So are those of two owners that want one name.
    const byName = new Map<string, string>();
    for (const [key, { name, input, output }] of sorted) {
      const standIn = (other: string) => firsts.get(other)!;
      const form = JSON.stringify([name, formOf(input, standIn), formOf(output, standIn)]);
      if (!byKey.get(key)!.explicit && !byName.has(form)) byName.set(form, firsts.get(key)!);
      firsts.set(key, byName.get(form) ?? firsts.get(key)!);
    }
    return firsts;
  }

  /** Derived names that come from different methods stay as they are or are refused. */
  #refuseTwins(keys: Iterable<string>): void {
    const derived = new Map<string, Model>();
    for (const key of [...keys].toSorted()) {
      const { name, input, output } = this.#entries.get(key)!;
      const model = (input ?? output)!;
      if (model.explicit) continue;
      const other = derived.get(name) ?? model;
      derived.set(name, other);
      if (other.origin.method !== model.origin.method) this.#refuse(model, other);
    }
  }

  /** The models whose forms in params and results differ, and those that contain such a model. */
  #splitKeys(): Set<string> {
    const both = [...this.#entries].filter(([, entry]) => entry.input && entry.output);
    const split = new Set<string>();
    for (const [key, { input, output }] of both) {
      if (shapeOf(input!) !== shapeOf(output!)) split.add(key);
    }
    for (let before = -1; before !== split.size;) {
      before = split.size;
      for (const [key, { input }] of both) {
        if (referencesOf(input!).some((name) => split.has(name))) split.add(key);
      }
    }
    return split;
  }

  #refuse(model: Model, other: Model): void {
    const { name } = this.#entries.get(model.name)!;
    const problem = `the model ${name} has another shape than at ${describeOrigin(other.origin)}`;
    this.problems.push({ ...model.origin, problem, fix: RENAME_MODEL });
  }
}

/** The key of a model's form in params, where that is another model. */
function inputKey(key: string): string {
  return `${key}\ninput`;
}

/** Everything about a model but its own name and place, with others in place of what it refers to. */
function formOf(model: Model | undefined, rename: (name: string) => string): unknown {
  return model && { ...withNames(model, rename), name: "", origin: "" };
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
      // Variants that became one model are one.
      const distinct = new Map(variants.map((variant) => [JSON.stringify(variant), variant]));
      return { ...model, name, variants: [...distinct.values()] };
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
