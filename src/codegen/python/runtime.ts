import type { Imported } from "../print/source-file.js";

/** The exports of the package, except the models and errors of the API, by module. */
export const RUNTIME_EXPORTS: Readonly<Record<string, readonly string[]>> = {
  ".rpc": [
    "CallOptions",
    "CentrifugoRPCClient",
    "ChannelMessage",
    "ContractMismatch",
    "ErrorCode",
    "RPCConnectionError",
    "RPCError",
    "Subscription",
    "UnauthorizedError",
  ],
  ".rpc.models": ["UnknownVariant"],
};

/** The symbols that generated modules can import, by module. */
const IMPORTABLE = {
  typing: ["Annotated", "Any", "Literal", "TYPE_CHECKING", "TypeAlias"],
  pydantic: ["Field", "TypeAdapter"],
  typing_extensions: ["TypeAliasType", "Unpack", "deprecated"],
  ".rpc": ["CallOptions", "CentrifugoRPCClient"],
  ".rpc.contract_check": ["OnMismatch", "packaged_contract"],
  ".rpc.models": [
    "BestOf",
    "LargeModel",
    "Omittable",
    "OneOf",
    "OpenModel",
    "RPCModel",
    "TaggedBy",
    "UnknownVariant",
    "VariadicTuple",
  ],
  ".rpc.typed_calls": ["ADAPTER", "DeclaredError", "DeclaredErrors", "decode", "encode"],
  ".rpc.wire_types": [
    "Base64",
    "Base64Url",
    "Bool",
    "Date",
    "DateTime",
    "Decimal",
    "Duration",
    "Float",
    "Int",
    "Int64",
    "MapKey",
    "Str",
    "Time",
    "Uint64",
    "Uuid",
  ],
} as const;

type Importable = (typeof IMPORTABLE)[keyof typeof IMPORTABLE][number];

/** The symbols that generated modules can import, by name. */
export const py = Object.fromEntries(
  Object.entries(IMPORTABLE).flatMap(([from, names]) =>
    names.map((name) => [name, { name, from }]),
  ),
) as Readonly<Record<Importable, Imported>>;

/** Names that no model can have. */
export const RESERVED_TYPES: ReadonlySet<string> = new Set([
  "APIClient",
  "CONTRACT_HASH",
  "False",
  "None",
  "True",
  ...Object.values(RUNTIME_EXPORTS).flat(),
  ...Object.keys(py),
]);
