import type { ApiError, ApiModel } from "../model/api-model.js";
import { methodIdentifiers, modelIdentifiers } from "../model/identifiers.js";
import type { Imported } from "../print/source-file.js";
import { camelCase, wordsOf } from "../model/words.js";

/** The exports of the package, except the models and errors of the API. */
export const RUNTIME_VALUES = [
  "CentrifugoRPCClient",
  "ConnectionError",
  "ErrorCode",
  "RPCError",
  "UnauthorizedError",
];
export const RUNTIME_TYPES = [
  "CallOptions",
  "CentrifugoRPCClientOptions",
  "ChannelCallback",
  "ChannelMessage",
  "ContractMismatch",
  "SubscribeOptions",
  "Subscription",
  "TraceContext",
];
export const CODEC_TYPES = ["APIClientOptions", "UnknownVariant"];

/** Types that generated code uses, and names whose reuse would surprise readers. */
const BUILT_IN_TYPES = [
  "Array",
  "Boolean",
  "Date",
  "Error",
  "Function",
  "Map",
  "Number",
  "Object",
  "Partial",
  "Promise",
  "Record",
  "Set",
  "String",
  "Symbol",
  "Uint8Array",
];

/** Other names in the generated files. */
const OWN_TYPES = [
  "APIClient",
  "ApiSchemas",
  "ClientContract",
  "ClientContractMethod",
  "TypedCalls",
];

const RESERVED_TYPES: ReadonlySet<string> = new Set([
  ...RUNTIME_VALUES,
  ...RUNTIME_TYPES,
  ...CODEC_TYPES,
  ...BUILT_IN_TYPES,
  ...OWN_TYPES,
]);

/**
 * Methods that every object has, and `then`, which `await api` would call. The names of the base
 * client are reserved for equal names in all languages.
 */
const OBJECT_MEMBERS: ReadonlySet<string> = new Set([
  "call",
  "connect",
  "constructor",
  "disconnect",
  "hasOwnProperty",
  "isPrototypeOf",
  "propertyIsEnumerable",
  "subscribe",
  "then",
  "toJSON",
  "toLocaleString",
  "toString",
  "valueOf",
]);

/** The names that an API has in TypeScript. */
export interface Names {
  /** Of the methods, by their names on the wire. */
  readonly methods: ReadonlyMap<string, string>;
  /** Of the union of a method's errors, by the method's name on the wire. */
  readonly errorUnions: ReadonlyMap<string, string>;
  model(name: string): Imported;
  error(error: ApiError): Imported;
}

/**
 * Names everything.
 *
 * @throws ContractError when two methods would have one name
 */
export function namesOf(api: ApiModel): Names {
  const toIdentifier = (name: string) => camelCase(wordsOf(name));
  const methods = methodIdentifiers(api, toIdentifier, OBJECT_MEMBERS, "the TypeScript APIClient");
  const failing = api.methods.filter((method) => method.errors.length > 0);
  const errorUnions = new Map(
    failing.map(({ name }) => [name, errorUnionName(methods.get(name)!)]),
  );
  const reserved = new Set([...RESERVED_TYPES, ...errorUnions.values()]);
  const types = modelIdentifiers(api, reserved);
  return {
    methods,
    errorUnions,
    model: (name) => ({ name: types.get(name)!, from: "./models.js", isType: true }),
    error: ({ name }) => ({ name: types.get(name)!, from: "./errors.js" }),
  };
}

function errorUnionName(method: string): string {
  const name = `${method.slice(0, 1).toUpperCase()}${method.slice(1)}Error`;
  return RESERVED_TYPES.has(name) ? `${name}_` : name;
}
