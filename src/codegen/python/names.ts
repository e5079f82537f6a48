import type { ApiModel, ObjectModel } from "../api-model.js";
import { failOn } from "../build-model.js";
import type { ContractProblem } from "../contract-error.js";
import { NameScope, RENAME_FIELD, RENAME_METHOD, RENAME_MODEL } from "../name-scope.js";
import { snakeCase, wordsOf, wordsOrCodePoints } from "../words.js";

/** What the package exports besides the models. */
export const RUNTIME_NAMES = [
  "CentrifugoRPCClient",
  "ErrorCode",
  "RPCConnectionError",
  "RPCError",
  "UnauthorizedError",
];

/** The names that the modules of the package import or that the language has as keywords. */
const TAKEN_TYPES = [
  "APIClient",
  "Annotated",
  "Any",
  "BaseModel",
  "ConfigDict",
  "False",
  "Field",
  "Literal",
  "None",
  "True",
  "TypeAlias",
  ...RUNTIME_NAMES,
];

/** The base client's methods: kept free, for the same names in all languages. */
const CLIENT_MEMBERS = ["call", "connect", "disconnect"];

// https://docs.python.org/3/reference/lexical_analysis.html#keywords, lower case only
const KEYWORDS = new Set(
  `and as assert async await break class continue def del elif else except finally for from
  global if import in is lambda nonlocal not or pass raise return try while with yield`.split(
    /\s+/,
  ),
);

/** Members of pydantic's BaseModel, which a field would hide. */
const MODEL_MEMBERS = new Set(
  `construct copy dict from_orm json model_computed_fields model_config model_construct model_copy
  model_dump model_dump_json model_extra model_fields model_fields_set model_json_schema
  model_parametrized_name model_post_init model_rebuild model_validate model_validate_json
  model_validate_strings parse_file parse_obj parse_raw schema schema_json update_forward_refs
  validate`.split(/\s+/),
);

/** Types in annotations: in a class body they would mean the field of that name. */
const ANNOTATION_TYPES = new Set(["bool", "dict", "float", "int", "list", "str"]);

/** The attribute for a property: in snake case, with `_` after it where the name is taken. */
export function attributeName(property: string): string {
  const name = snakeCase(wordsOrCodePoints(property), "field_");
  const isTaken = KEYWORDS.has(name) || MODEL_MEMBERS.has(name) || ANNOTATION_TYPES.has(name);
  return isTaken ? `${name}_` : name;
}

/** The names of the methods in Python, by their names on the wire. */
export function methodNames(api: ApiModel): ReadonlyMap<string, string> {
  const problems: ContractProblem[] = [];
  const types = new NameScope(problems, "the Python client", TAKEN_TYPES);
  for (const model of api.models) {
    types.claim(model.name, model.origin, RENAME_MODEL);
    if (model.kind === "object") claimAttributes(model, problems);
  }
  const members = new NameScope(problems, "the Python APIClient", CLIENT_MEMBERS);
  const names = api.methods.map(({ name }) => {
    const identifier = snakeCase(wordsOf(name), "x");
    const safe = KEYWORDS.has(identifier) ? `${identifier}_` : identifier;
    return [name, members.claim(safe, { method: name, path: "" }, RENAME_METHOD)] as const;
  });
  failOn(problems);
  return new Map(names);
}

function claimAttributes(model: ObjectModel, problems: ContractProblem[]): void {
  const scope = new NameScope(problems, `the Python model ${model.name}`);
  const { method, path } = model.origin;
  for (const { name } of model.fields) {
    scope.claim(attributeName(name), { method, path: `${path}.${name}` }, RENAME_FIELD);
  }
}
