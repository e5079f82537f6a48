import {
  type ApiError,
  type ApiModel,
  type EnumModel,
  type EnumValue,
  type Model,
  type Models,
  type ObjectModel,
  type Type,
  type UnionModel,
  type Variant,
} from "../../model/api-model.js";
import {
  distinctIdentifiers,
  fieldIdentifiers,
  methodIdentifiers,
  modelIdentifiers,
} from "../../model/identifiers.js";
import { hasConstructor } from "../models/defaults.js";
import { fieldName, methodName, valueWords } from "./go-words.js";
import { tuplePlaces, type TuplePlace, type TupleType } from "./tuple-places.js";
import { variantNames } from "./variant-words.js";

/** The declarations of the package that do not come from the contract. */
const PACKAGE_NAMES = new Set([
  "APIClient",
  "Base64URL",
  "DateTime",
  "ErrUnauthorized",
  "Int64",
  "JSONNull",
  "NewAPIClient",
  "Null",
  "Optional",
  "Ptr",
  "RPCError",
  "Some",
  "Uint64",
  "WithGetToken",
  "WithIdempotencyKey",
  "WithTimeout",
  "WithoutRetry",
]);

/**
 * Members of APIClient and of the client in it, and the methods for which `go vet` requires a standard
 * signature (https://pkg.go.dev/golang.org/x/tools/go/analysis/passes/stdmethods).
 */
const CLIENT_MEMBERS = new Set([
  "Call",
  "Client",
  "Connect",
  "Disconnect",
  "GobDecode",
  "GobEncode",
  "ReadByte",
  "ReadRune",
  "Subscribe",
  "UnreadByte",
  "UnreadRune",
  "WatchContract",
  "WithoutResultValidation",
  "WriteByte",
]);

/** Methods of structs: no field can have the name of one. */
const STRUCT_METHODS = new Set(["MarshalJSON", "UnmarshalJSON"]);

/** The identifiers of a package, assigned before anything is printed. */
export class GoNames {
  /** The methods of APIClient by their names on the wire. */
  readonly methods: ReadonlyMap<string, string>;
  readonly #models: Models;
  readonly #types: ReadonlyMap<string, string>;
  readonly #fields = new Map<ObjectModel, ReadonlyMap<string, string>>();
  readonly #variants = new Map<UnionModel, ReadonlyMap<Variant, string>>();
  readonly #tuplePlaces: ReadonlyMap<TupleType, TuplePlace>;
  /** The names of aliases of tuples, which are the names of the structs. */
  readonly #aliases: ReadonlyMap<Type, string>;
  readonly #declarations: ReadonlyMap<string, string>;

  /** @throws ContractError when two methods have the same name. */
  constructor(api: ApiModel) {
    this.#models = api.byName;
    this.methods = methodIdentifiers(api, methodName, CLIENT_MEMBERS, "the Go APIClient");
    this.#types = modelIdentifiers(api, PACKAGE_NAMES);
    this.#aliases = new Map(
      api.models.flatMap((model) =>
        model.kind === "alias" ? [[model.type, this.type(model.name)]] : [],
      ),
    );
    this.#tuplePlaces = tuplePlaces(api, {
      methods: this.methods,
      types: this.#types,
      partOf: (model, part) => this.#partOf(model, part),
    });
    this.#declarations = this.#declared(api);
  }

  /** The type of a model or of a declared error. */
  type(name: string): string {
    return this.#types.get(name)!;
  }

  /** The struct of a tuple. */
  tuple(type: TupleType): string {
    return (
      this.#aliases.get(type) ?? this.#declarations.get(tupleKey(this.#tuplePlaces.get(type)!))!
    );
  }

  /** The tuples without an author's name, with the names of their structs. */
  tuples(): [type: TupleType, name: string][] {
    return [...this.#tuplePlaces.keys()]
      .filter((type) => !this.#aliases.has(type))
      .map((type) => [type, this.tuple(type)]);
  }

  /** The constant for the value of an enum: `PriorityHigh`. */
  constant(model: EnumModel, value: EnumValue): string {
    return this.#declarations.get(constantKey(model, value))!;
  }

  /** The function that makes a struct with its defaults. */
  constructorOf(model: ObjectModel): string {
    return this.#declarations.get(constructorKey(model))!;
  }

  /** The constant with the code of a declared error. */
  code(error: ApiError): string {
    return this.#declarations.get(codeKey(error))!;
  }

  /** The function that makes an ambiguous union of one of its types. */
  anyOf(union: UnionModel, variant: Variant): string {
    return this.#declarations.get(anyOfKey(union, variant))!;
  }

  /** The fields of a struct by the names of the properties. */
  fields(model: ObjectModel): ReadonlyMap<string, string> {
    const known = this.#fields.get(model);
    if (known !== undefined) return known;
    const names = fieldIdentifiers(model, fieldName, STRUCT_METHODS);
    this.#fields.set(model, names);
    return names;
  }

  /** The field of a struct for the properties of other names. */
  restField(model: ObjectModel): string {
    const taken = new Set(this.fields(model).values());
    let name = "Extra";
    while (taken.has(name)) name += "_";
    return name;
  }

  /** The names of a union's variants: of fields, or the suffixes of functions if it is ambiguous. */
  variants(union: UnionModel): ReadonlyMap<Variant, string> {
    const known = this.#variants.get(union);
    if (known !== undefined) return known;
    const names = variantNames(union, this.#models, this.#types);
    this.#variants.set(union, names);
    return names;
  }

  #partOf(model: Model, part: string | number): string {
    if (model.kind === "object") return this.fields(model).get(`${part}`)!;
    return model.kind === "union" ? this.variants(model).get(model.variants[Number(part)]!)! : "";
  }

  /**
   * All declarations of the package, by keys. Fixed names and types are their own keys and keep their
   * names; the other declarations avoid these.
   */
  #declared(api: ApiModel): ReadonlyMap<string, string> {
    const wanted = new Map([...PACKAGE_NAMES, ...this.#types.values()].map((name) => [name, name]));
    for (const model of api.models) {
      for (const [key, name] of this.#declaredFor(model)) wanted.set(key, name);
    }
    for (const error of api.errors) wanted.set(codeKey(error), `Code${this.type(error.name)}`);
    for (const [type, place] of this.#tuplePlaces) {
      if (!this.#aliases.has(type)) wanted.set(tupleKey(place), place.name);
    }
    return distinctIdentifiers(wanted.keys(), (key) => wanted.get(key)!);
  }

  #declaredFor(model: Model): [key: string, name: string][] {
    const type = this.type(model.name);
    if (model.kind === "object") {
      return hasConstructor(model, this.#models) ? [[constructorKey(model), `New${type}`]] : [];
    }
    if (model.kind === "enum") {
      const words = enumWords(model);
      return model.values.map((value) => [constantKey(model, value), type + words.get(value)!]);
    }
    if (model.kind === "alias" || !model.ambiguous) return [];
    return [...this.variants(model)].map(([variant, name]) => [
      anyOfKey(model, variant),
      `${type}From${name}`,
    ]);
  }
}

/** The suffixes of the names of an enum's constants. */
function enumWords({ values }: EnumModel): ReadonlyMap<EnumValue, string> {
  const byText = new Map(values.map((value) => [String(value), value]));
  const words = distinctIdentifiers(byText.keys(), (text) => valueWords(byText.get(text)!));
  return new Map(values.map((value) => [value, words.get(String(value))!]));
}

function tupleKey(place: TuplePlace): string {
  return `[${place.key}]`;
}

function constantKey(model: EnumModel, value: EnumValue): string {
  return `${model.name}=${JSON.stringify(value)}`;
}

function constructorKey(model: ObjectModel): string {
  return `New(${model.name})`;
}

function codeKey(error: ApiError): string {
  return `Code(${error.name})`;
}

function anyOfKey(union: UnionModel, variant: Variant): string {
  return `${union.name}|${union.variants.indexOf(variant)}`;
}
