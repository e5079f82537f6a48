import { referencesOf, type Field, type Model, type ObjectModel, type Type } from "./api-model.js";
import { describeOrigin, type ContractProblem } from "./contract-error.js";
import { distinctIdentifiers } from "./identifiers.js";
import { RENAME_MODEL } from "./name-scope.js";
import { tagEnums } from "./openness.js";

/** All models by name, and the types with those names. */
export interface FinishedModels {
  readonly models: ReadonlyMap<string, Model>;
  /** A type in params with the final names of its models. */
  inputType(type: Type): Type;
  /** A type in a result or in an error's details with the final names of its models. */
  outputType(type: Type): Type;
}

/** A model before {@link ModelRegistry.finish}. */
interface Entry {
  /** The name that it gets if no other model has it. */
  readonly name: string;
  /** The key of the schema or named model that contains it. */
  readonly owner: string;
  input?: Model;
  output?: Model;
}

/**
 * The models of all methods. A schema whose forms in params and results differ, for example by a
 * default or a computed field, becomes two models: `Foo` for results, `FooInput` for params.
 *
 * Until {@link finish}, a model's name is its key (see `keyOf`): several models may want one name.
 */
export class ModelRegistry {
  readonly problems: ContractProblem[] = [];
  readonly warnings: ContractProblem[] = [];
  readonly #entries = new Map<string, Entry>();

  /** Adds a model; the same model may be added from several places. */
  define(model: Model, name: string, owner: string): void {
    const entry: Entry = this.#entries.get(model.name) ?? { name, owner };
    this.#entries.set(model.name, entry);
    const side = model.input ? "input" : "output";
    const known = entry[side];
    if (known === undefined) entry[side] = model;
    else if (shapeOf(known) !== shapeOf(model)) this.#refuse(model, known);
  }

  /**
   * Returns all models, sorted by name. If several models want the same name, an author's name that
   * is spelled like it is kept, and the other models get a hash as a suffix.
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
   * Merges unnamed models of the same form and owner: returns, for each key, the key of the model
   * with the shortest name among its equals.
   */
  #shared(): ReadonlyMap<string, string> {
    const forms = this.#forms();
    // All models of one text count as equal at first; each round separates those that refer to
    // different ones.
    let classes = classesOf(forms, ({ key, explicit, owner, text }) =>
      explicit ? key : `${owner}\n${text}`,
    );
    for (let before = 0; before !== classes.count;) {
      const { count, byKey } = classes;
      const classOf = (key: string) => byKey.get(key);
      classes = classesOf(forms, ({ key, refs }) => [key, ...refs].map(classOf).join());
      before = count;
    }
    const firsts = new Map([...classes.byKey].map(([key, first]) => [key, forms[first]!.key]));
    // Models of two owners are merged only if they would have the same name.
    const byName = new Map<string, string>();
    for (const { key, name, explicit, text, refs } of forms) {
      const form = JSON.stringify([name, text, ...refs.map((ref) => firsts.get(ref))]);
      if (!explicit && !byName.has(form)) byName.set(form, firsts.get(key)!);
      firsts.set(key, byName.get(form) ?? firsts.get(key)!);
    }
    return firsts;
  }

  /** The forms of all models, those with the shortest names first. */
  #forms(): readonly Form[] {
    const models = new Map(
      [...this.#entries].map(([key, { input, output }]) => [key, (input ?? output)!]),
    );
    // An enum is open in a result, but closed as a discriminator.
    const tags = new Set([...models.values()].flatMap((model) => tagEnums(model, models)));
    const forms = [...this.#entries].map(([key, { name, owner, input, output }]): Form => {
      const refs: string[] = [];
      const numbered = (model: Model | undefined) =>
        model && {
          ...withReferences(model, (ref) => String(refs.push(ref))),
          name: "",
          origin: "",
        };
      const model = models.get(key)!;
      const isClosed = tags.has(key) && model.kind === "enum" && model.values.length > 1;
      const text = JSON.stringify([isClosed, numbered(input), numbered(output)]);
      return { key, name, owner, explicit: model.explicit, text, refs };
    });
    return forms.toSorted((a, b) => a.name.length - b.name.length || (a.key < b.key ? -1 : 1));
  }

  /** Refuses equal derived names from different methods: a suffix would hide which is which. */
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
    const problem = `the model ${name} differs from the one at ${describeOrigin(other.origin)}`;
    this.problems.push({ ...model.origin, problem, fix: RENAME_MODEL });
  }
}

/** The key of a model's form in params if it is a separate model. */
function inputKey(key: string): string {
  return `${key}\ninput`;
}

/** The text of a model without its name and place. */
interface Form {
  readonly key: string;
  readonly name: string;
  readonly owner: string;
  readonly explicit: boolean;
  /** Has numbers in place of {@link refs}. */
  readonly text: string;
  /** The keys of the models that it refers to. */
  readonly refs: readonly string[];
}

/** Divides forms into classes of one text each; a class is the index of its first form. */
function classesOf(forms: readonly Form[], textOf: (form: Form) => string) {
  const firsts = new Map<string, number>();
  const byKey = new Map<string, number>();
  for (const [index, form] of forms.entries()) {
    const text = textOf(form);
    const first = firsts.get(text) ?? index;
    firsts.set(text, first);
    byKey.set(form.key, first);
  }
  return { count: firsts.size, byKey };
}

const shapes = new WeakMap<Model, string>();

/** The parts in which two models of one name must agree: all except descriptions and order. */
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
  return { ...withReferences(model, rename), name: rename(model.name) };
}

function withReferences(model: Model, rename: (name: string) => string): Model {
  const renamed = (type: Type) => renamedType(type, rename);
  switch (model.kind) {
    case "object": {
      const fields = model.fields.map((field) => ({ ...field, type: renamed(field.type) }));
      return { ...model, fields, rest: model.rest && renamed(model.rest) };
    }
    case "union": {
      const all = model.variants.map((variant) => ({ ...variant, type: renamed(variant.type) }));
      // Several variants may have become the same model.
      const variants = [...new Map(all.map((each) => [JSON.stringify(each), each])).values()];
      if (variants.length > 1) return { ...model, variants };
      const { name, explicit, description, origin, input, output } = model;
      const header = { name, explicit, description, origin, input, output };
      return { kind: "alias", type: variants[0]!.type, recursive: false, ...header };
    }
    case "alias":
      return { ...model, type: renamed(model.type) };
    case "enum":
      return model;
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
