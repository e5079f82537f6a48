import {
  modelsByName,
  type ApiModel,
  type Model,
  type Models,
  type ObjectModel,
  type Origin,
  type UnionModel,
  unreachable,
} from "../api-model.js";
import { failOn } from "../build-model.js";
import type { ContractProblem } from "../contract-error.js";
import { NameScope, RENAME_FIELD, RENAME_METHOD, RENAME_MODEL } from "../name-scope.js";
import { pascalCase, wordsOf } from "../words.js";
import { hasConstructor } from "./fields.js";
import { constantName, fieldName } from "./identifiers.js";
import { variantFields } from "./unions.js";

/** What the package declares besides the models. */
const PACKAGE_NAMES = [
  "APIClient",
  "ErrUnauthorized",
  "NewAPIClient",
  "Ptr",
  "RPCError",
  "WithGetToken",
  "WithTimeout",
];

/**
 * Members of the embedded client, and the methods whose standard signature `go vet` demands
 * (https://pkg.go.dev/golang.org/x/tools/go/analysis/passes/stdmethods).
 */
const CLIENT_MEMBERS = [
  "Call",
  "Client",
  "Connect",
  "Disconnect",
  "ReadByte",
  "ReadRune",
  "UnreadByte",
  "UnreadRune",
  "WriteByte",
];

/** The characters that encoding/json takes in a key of a struct tag. */
const TAG_KEY = /^[\p{L}\p{Nd}!#$%&()*+\-./:;<=>?@[\]^_{|}~ ]+$/u;

/** The names of the methods in Go, by their names on the wire. */
export function methodNames(api: ApiModel): ReadonlyMap<string, string> {
  const problems: ContractProblem[] = [];
  const models = modelsByName(api);
  const packageNames = new NameScope(problems, "the Go package", PACKAGE_NAMES);
  for (const model of api.models) claimNames(model, models, { problems, names: packageNames });
  const members = new NameScope(problems, "the Go APIClient", CLIENT_MEMBERS);
  const names = api.methods.map(({ name }) => {
    const identifier = pascalCase(wordsOf(name));
    return [name, members.claim(identifier, { method: name, path: "" }, RENAME_METHOD)] as const;
  });
  failOn(problems);
  return new Map(names);
}

interface Scope {
  readonly problems: ContractProblem[];
  readonly names: NameScope;
}

function claimNames(model: Model, models: Models, scope: Scope): void {
  const { problems, names } = scope;
  if (model.kind === "enum" && model.base === "boolean") return; // stands as bool
  names.claim(model.name, model.origin, RENAME_MODEL);
  switch (model.kind) {
    case "object":
      if (hasConstructor(model)) names.claim(`New${model.name}`, model.origin, RENAME_MODEL);
      return claimFields(model, problems);
    case "enum":
      for (const value of model.values) {
        names.claim(constantName(model, value), model.origin, RENAME_MODEL);
      }
      return;
    case "union":
      return claimVariants(model, models, problems);
    default:
      unreachable(model);
  }
}

function claimFields(model: ObjectModel, problems: ContractProblem[]): void {
  const scope = new NameScope(problems, `the Go struct ${model.name}`);
  for (const { name } of model.fields) {
    const { method, path } = model.origin;
    const origin: Origin = { method, path: `${path}.${name}` };
    scope.claim(fieldName(name), origin, RENAME_FIELD);
    if (TAG_KEY.test(name)) continue;
    const problem = "a Go struct tag cannot hold the name of this field";
    problems.push({ ...origin, problem, fix: RENAME_FIELD });
  }
}

function claimVariants(union: UnionModel, models: Models, problems: ContractProblem[]): void {
  // A field cannot have the name of a method of its struct.
  const methods = ["MarshalJSON", "UnmarshalJSON"];
  const scope = new NameScope(problems, `the Go union ${union.name}`, methods);
  for (const { name } of variantFields(union, models)) {
    scope.claim(name, union.origin, RENAME_MODEL);
  }
}
