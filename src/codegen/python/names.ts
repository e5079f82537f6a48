import {
  referencesIn,
  type ApiError,
  type ApiModel,
  type Field,
  type Model,
  type Models,
  type ObjectModel,
} from "../model/api-model.js";
import { fieldIdentifiers, methodIdentifiers, modelIdentifiers } from "../model/identifiers.js";
import { containsItself } from "../model/openness.js";
import type { Imported } from "../print/source-file.js";
import { RESERVED_TYPES } from "./runtime.js";
import { snakeCase, wordsOf, wordsOrCodePoints } from "../model/words.js";

// https://docs.python.org/3/reference/lexical_analysis.html#keywords, lower case only
const KEYWORDS = `and as assert async await break class continue def del elif else except finally
  for from global if import in is lambda nonlocal not or pass raise return try while with
  yield`.split(/\s+/);

/** In a class body, a member of this name would be what annotations there mean by it. */
const ANNOTATION_TYPES = ["bool", "dict", "float", "int", "list", "str", "tuple"];

/** Members of pydantic's BaseModel and of its class, which a field would hide. */
const MODEL_MEMBERS = `construct copy dict from_orm json model_computed_fields model_config
  model_construct model_copy model_dump model_dump_json model_extra model_fields model_fields_set
  model_json_schema model_parametrized_name model_post_init model_rebuild model_validate
  model_validate_json model_validate_strings mro parse_file parse_obj parse_raw register schema schema_json
  update_forward_refs validate`.split(/\s+/);

/** The base client's methods, reserved for equal names in all languages. */
const CLIENT_MEMBERS = ["call", "connect", "disconnect", "subscribe"];

const RESERVED_ATTRIBUTES = new Set([...KEYWORDS, ...ANNOTATION_TYPES, ...MODEL_MEMBERS]);
const RESERVED_METHODS = new Set([
  ...KEYWORDS,
  ...ANNOTATION_TYPES,
  ...CLIENT_MEMBERS,
  "deprecated",
]);

/** The identifiers of a package, assigned before anything is printed. */
export class PythonNames {
  readonly models: Models;
  /** The methods of APIClient by their names on the wire. */
  readonly methods: ReadonlyMap<string, string>;
  readonly #types: ReadonlyMap<string, string>;
  readonly #attributes = new Map<ObjectModel, ReadonlyMap<string, string>>();
  readonly #named: ReadonlySet<string>;

  /** @throws ContractError when two methods have the same name. */
  constructor(api: ApiModel) {
    this.models = api.byName;
    this.#types = modelIdentifiers(api, RESERVED_TYPES);
    const topLevel = new Set(topLevelModels(api));
    const isNamed = (model: Model) =>
      model.kind === "object" ||
      model.kind === "alias" ||
      model.explicit ||
      topLevel.has(model.name) ||
      containsItself(model, this.models);
    this.#named = new Set(api.models.filter(isNamed).map((model) => model.name));
    const toIdentifier = (name: string) => snakeCase(wordsOf(name), "x");
    const where = "the Python APIClient";
    this.methods = methodIdentifiers(api, toIdentifier, RESERVED_METHODS, where);
  }

  model(name: string): Imported {
    return { name: this.#types.get(name)!, from: ".models" };
  }

  error({ name }: ApiError): Imported {
    return { name: this.#types.get(name)!, from: ".errors" };
  }

  /** Whether a model has a name in the module: other enums and unions are written inline. */
  isNamed(model: Model): boolean {
    return this.#named.has(model.name);
  }

  /** The attribute for a field: in snake case, with `_` appended if the name is taken. */
  attribute(model: ObjectModel, field: Field): string {
    let names = this.#attributes.get(model);
    if (names === undefined) {
      const toIdentifier = (name: string) => snakeCase(wordsOrCodePoints(name), "field_");
      names = fieldIdentifiers(model, toIdentifier, RESERVED_ATTRIBUTES);
      this.#attributes.set(model, names);
    }
    return names.get(field.name)!;
  }
}

/** The models of params, results and details, which have names because inline types are hard to read. */
function topLevelModels(api: ApiModel): string[] {
  const types = [
    ...api.methods.flatMap(({ params, result }) => [params, result]),
    ...api.errors.map((error) => error.details),
  ];
  return types.flatMap((type) => (type === undefined ? [] : referencesIn(type)));
}
