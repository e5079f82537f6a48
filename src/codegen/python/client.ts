import {
  behindAlias,
  objectBehind,
  type ApiError,
  type ApiModel,
  type Type,
} from "../model/api-model.js";
import { containsItself } from "../model/openness.js";
import type { ClientMethod } from "../print/client-methods.js";
import { code, list, paragraphs, type Code, type SourceFile } from "../print/source-file.js";
import type { PythonNames } from "./names.js";
import { py } from "./runtime.js";
import { docstring, stringLiteral } from "./source.js";
import { annotation } from "./types.js";

/** Prints `client.py`. */
export function printClient(
  file: SourceFile,
  methods: readonly ClientMethod[],
  api: ApiModel,
  names: PythonNames,
): void {
  file.print(code`
CONTRACT_HASH = ${stringLiteral(api.contract.hash)}
"""The hash of the contract that this client was generated from."""
${methods.map((method) => adaptersOf(method, names))}
`);
  const init = code`
def __init__(
    self,
    rpc_client: ${py.CentrifugoRPCClient},
    *,
    on_contract_mismatch: ${py.OnMismatch} | None = None,
) -> None:
    """\`\`rpc_client\`\` makes the calls: connect it first.

    \`\`on_contract_mismatch\`\` is called when the server's contract is another one
    than that of this client; without it the mismatch is logged.
    """
    self._rpc = rpc_client
    contract = ${py.packaged_contract}(CONTRACT_HASH, __package__)
    rpc_client.watch_contract(contract, on_contract_mismatch)
`;
  file.print(code`
class APIClient:
    """The methods of the API."""

    ${paragraphs(init, ...methods.map((method) => methodText(method, names)))}
`);
}

/** The type adapters of params and results that are not models. */
function adaptersOf(method: ClientMethod, names: PythonNames): Code {
  return (["params", "result"] as const).map((part) => {
    const type = method[part];
    return needsAdapter(type, names) ? ["\n", adapter(adapterName(method, part), type, names)] : "";
  });
}

function adapter(name: string, type: Type, names: PythonNames): Code {
  // Pyright accepts an alias of `X | None` for a recursive X, but not the union itself.
  const isUnclear = type.kind === "nullable" && isRecursive(type.type, names);
  const alias = `${name}_TYPE`;
  const written = annotation(type, names);
  const inner = isUnclear ? alias : written;
  const args = list("(", [inner, ["config=", py.ADAPTER]], ")");
  return code`
${isUnclear ? [alias, ": ", py.TypeAlias, " = ", written] : ""}
${name}: ${py.TypeAdapter}[${inner}] = ${py.TypeAdapter}${args}
`;
}

function isRecursive(type: Type, names: PythonNames): boolean {
  const model = type.kind === "model" ? names.models.get(type.model) : undefined;
  return model !== undefined && containsItself(model, names.models);
}

function adapterName({ identifier }: ClientMethod, part: "params" | "result"): string {
  // Only reversible changes of case, so that two names never become equal.
  return `_${identifier}_${part}`.replace(/[a-z]/g, (letter) => letter.toUpperCase());
}

function needsAdapter(type: Type | undefined, names: PythonNames): type is Type {
  return type !== undefined && objectBehind(type, names.models) === undefined;
}

function methodText(method: ClientMethod, names: PythonNames): Code {
  const { name, identifier, params, result, deprecated, allOptional } = method;
  const type = params && annotation(params, names);
  const parameters = [
    "self",
    ...(type ? [["params: ", type, allOptional ? " | None = None" : ""]] : []),
    ["**options: ", py.Unpack, "[", py.CallOptions, "]"],
  ];
  return code`
${deprecated === undefined ? "" : decorator(name, deprecated)}
async def ${identifier}${list("(", parameters, ")")} -> ${result ? annotation(result, names) : "None"}:
    ${docstring(method.description ?? `Call \`\`${name}\`\`.`, notes(method, names))}
    ${allOptional ? ["if params is None:\n    params = ", type!, "()"] : ""}
    ${call(method, names)}
    ${result ? decoded(method, result, names) : ""}
`;
}

function decorator(name: string, reason: string): Code {
  return ["@", py.deprecated, `(${stringLiteral(reason || `${name} is deprecated`)})`];
}

/** The sections after the description. */
function notes({ deprecated, errors }: ClientMethod, names: PythonNames): string {
  const raised = errors.map((error) => `\`\`${names.error(error).name}\`\``);
  return [
    ...(deprecated === undefined
      ? []
      : [deprecated === "" ? "Deprecated." : `Deprecated: ${deprecated}`]),
    ...(raised.length === 0 ? [] : [`Raises ${raised.join(", ")}.`]),
  ].join("\n\n");
}

function call(method: ClientMethod, names: PythonNames): Code {
  const { name, result, errors } = method;
  const args = list("(", [stringLiteral(name), sent(method, names), "**options"], ")");
  const statement = [result ? "result = " : "", "await self._rpc.call", args];
  if (errors.length === 0) return statement;
  const declared = errors.map((error) => names.error(error));
  return code`
with ${py.DeclaredErrors}${list("(", declared, ")")}:
    ${statement}
`;
}

function sent(method: ClientMethod, names: PythonNames): Code {
  const { params } = method;
  if (params === undefined) return "{}";
  const args = needsAdapter(params, names) ? ["params", adapterName(method, "params")] : ["params"];
  return [py.encode, list("(", args, ")")];
}

function decoded(method: ClientMethod, result: Type, names: PythonNames): Code {
  const type = annotation(result, names);
  const kind = needsAdapter(result, names) ? adapterName(method, "result") : type;
  // A function without a result returns nothing.
  const isNull = behindAlias(result, names.models).kind === "null";
  return [isNull ? "" : "return ", py.decode, list("(", [kind, "result"], ")")];
}

/** Prints `errors.py`. */
export function printErrors(file: SourceFile, api: ApiModel, names: PythonNames): void {
  for (const error of api.errors) file.print(errorClass(error, names));
}

function errorClass(error: ApiError, names: PythonNames): Code {
  const doc = docstring(error.description);
  return code`
class ${names.error(error)}(${py.DeclaredError}):
    ${doc}${doc === "" ? "" : "\n"}
    code = ${String(error.code)}
    ${error.details ? ["details: ", annotation(error.details, names)] : ""}
`;
}
