import type { ApiModel } from "../api-model.js";
import { failOn } from "../build-model.js";
import type { ContractProblem } from "../contract-error.js";
import { NameScope, RENAME_METHOD, RENAME_MODEL } from "../name-scope.js";
import { camelCase, wordsOf } from "../words.js";

/** What the package exports besides the models. */
export const RUNTIME_VALUES = [
  "CentrifugoRPCClient",
  "ConnectionError",
  "ErrorCode",
  "RPCError",
  "UnauthorizedError",
];
export const RUNTIME_TYPES = ["CallOptions", "CentrifugoRPCClientOptions"];

/** Types that the generated code uses, or that nobody would expect to mean something else. */
const BUILT_IN_TYPES = [
  "Array",
  "Boolean",
  "Date",
  "Error",
  "Function",
  "Map",
  "Number",
  "Object",
  "Promise",
  "Record",
  "Set",
  "String",
  "Symbol",
];

/**
 * Methods that an object has already, and `then`, with which `await api` would call the server.
 * The names of the base client are kept free, for the same names in all languages.
 */
const OBJECT_MEMBERS = [
  "call",
  "connect",
  "constructor",
  "disconnect",
  "hasOwnProperty",
  "isPrototypeOf",
  "propertyIsEnumerable",
  "then",
  "toJSON",
  "toLocaleString",
  "toString",
  "valueOf",
];

/** The names of the methods in TypeScript, by their names on the wire. */
export function methodNames(api: ApiModel): ReadonlyMap<string, string> {
  const problems: ContractProblem[] = [];
  const types = new NameScope(problems, "the TypeScript client", [
    "APIClient",
    ...RUNTIME_VALUES,
    ...RUNTIME_TYPES,
    ...BUILT_IN_TYPES,
  ]);
  for (const model of api.models) types.claim(model.name, model.origin, RENAME_MODEL);

  const members = new NameScope(problems, "the TypeScript APIClient", OBJECT_MEMBERS);
  const names = api.methods.map(({ name }) => {
    const identifier = camelCase(wordsOf(name));
    return [name, members.claim(identifier, { method: name, path: "" }, RENAME_METHOD)] as const;
  });
  failOn(problems);
  return new Map(names);
}
