import type { ApiError, Type } from "../model/api-model.js";
import type { ClientMethod } from "../print/client-methods.js";
import {
  bracketed,
  group,
  ifBroken,
  indent,
  join,
  line,
  softline,
  type Layout,
} from "../print/layout.js";
import { containsItself } from "../model/openness.js";
import { annotatedLine } from "./annotated-line.js";
import { importsFor } from "./imports.js";
import type { PythonNames } from "./names.js";
import { docstring, flatText, print, STEP, stringLiteral, subscript } from "./source.js";
import { annotation, argument } from "./types.js";

/**
 * The text of `client.py`. `contractHash` is of the contract that stands beside it, `own` are the
 * models and errors that it can import.
 */
export function clientFile(
  methods: readonly ClientMethod[],
  names: PythonNames,
  contractHash: string,
  own: Readonly<Record<string, readonly string[]>>,
): string {
  const adapters = methods.flatMap((method) => adaptersOf(method, names)).join("");
  const hash = `CONTRACT_HASH = (
    ${stringLiteral(contractHash)}
)
"""The hash of the contract that this client was generated from."""
`;
  const code = `
class APIClient:
    """The methods of the API, one here for each of them."""

    def __init__(
        self,
        rpc_client: CentrifugoRPCClient,
        *,
        on_contract_mismatch: OnMismatch | None = None,
    ) -> None:
        """\`\`rpc_client\`\` makes the calls: connect it first.

        \`\`on_contract_mismatch\`\` is called when the server's contract is another one
        than that of this client; without it the mismatch is logged.
        """
        self._rpc = rpc_client
        contract = packaged_contract(CONTRACT_HASH, __package__)
        rpc_client.watch_contract(contract, on_contract_mismatch)
${methods.map((method) => `\n${methodText(method, names)}`).join("")}`;
  const parts = [importsFor(adapters + code, own), hash, adapters, code];
  return parts.filter((part) => part !== "").join("\n");
}

/** The adapters of params and of a result that are no models. */
function adaptersOf(method: ClientMethod, names: PythonNames): string[] {
  const { params, result } = method;
  return [
    ...(needsAdapter(params, names) ? [adapter(adapterName(method, "params"), params, names)] : []),
    ...(needsAdapter(result, names) ? [adapter(adapterName(method, "result"), result, names)] : []),
  ];
}

function adapter(name: string, type: Type, names: PythonNames): string {
  // Pyright takes `X | None` for no type where X is recursive, but an alias for it.
  const isUnclear = type.kind === "nullable" && isRecursive(type.type, names);
  const alias = `${name}_TYPE`;
  const written = argument(type, names);
  const inner = isUnclear ? alias : written;
  const layout = bracketed("TypeAdapter(", [inner, "config=ADAPTER"], ")");
  const annotated = subscript("TypeAdapter", inner);
  const defined = isUnclear ? `${alias}: TypeAlias = ${flatText(written)}\n` : "";
  return `${defined}${annotatedLine(name, annotated, { layout, isCall: true }, 0)}\n`;
}

function isRecursive(type: Type, names: PythonNames): boolean {
  const model = type.kind === "model" ? names.models.get(type.model) : undefined;
  return model !== undefined && containsItself(model, names.models);
}

function adapterName({ identifier }: ClientMethod, part: "params" | "result"): string {
  // Only the letters that come back to themselves: two names never become one.
  return `_${identifier}_${part}`.replace(/[a-z]/g, (letter) => letter.toUpperCase());
}

function needsAdapter(type: Type | undefined, names: PythonNames): type is Type {
  return type !== undefined && !isClass(type, names);
}

/** Whether a type is a model, under its own name or under another. */
function isClass(type: Type, names: PythonNames): boolean {
  const model = type.kind === "model" ? names.models.get(type.model) : undefined;
  return model?.kind === "alias" ? isClass(model.type, names) : model?.kind === "object";
}

function methodText(method: ClientMethod, names: PythonNames): string {
  const { identifier, params, result, deprecated, allOptional } = method;
  const parameters = [
    "self",
    ...(params === undefined ? [] : [paramsParameter(params, allOptional, names)]),
    "*",
    "timeout: float | None = None",
  ];
  // One group: only when all of it does not fit on a line do the parameters go onto lines.
  const signature = group(
    "(",
    indent(softline, join([",", line], parameters)),
    ifBroken(","),
    softline,
    ") -> ",
    result === undefined ? "None" : annotation(result, names),
    ":",
  );
  const defaultParams = `        if params is None:
            params = ${params === undefined ? "" : flatText(annotation(params, names))}()\n`;
  return [
    deprecated === undefined ? "" : `${STEP}${decorator(method, deprecated)}\n`,
    `${print(`async def ${identifier}`, signature, 1)}\n`,
    docstring(2, method.description ?? `Call \`\`${method.name}\`\`.`, notes(method, names)),
    allOptional ? defaultParams : "",
    body(method, names),
  ].join("");
}

function paramsParameter(params: Type, allOptional: boolean, names: PythonNames): Layout {
  const type = annotation(params, names);
  return allOptional ? ["params: ", type, " | None = None"] : ["params: ", type];
}

function decorator({ name }: ClientMethod, reason: string): string {
  return `@deprecated(${stringLiteral(reason === "" ? `${name} is deprecated` : reason)})`;
}

/** What stands below the description. */
function notes({ deprecated, errors }: ClientMethod, names: PythonNames): string {
  const raised = errors.map((error) => `\`\`${names.type(error.name)}\`\``);
  return [
    ...(deprecated === undefined
      ? []
      : [deprecated === "" ? "Deprecated." : `Deprecated: ${deprecated}`]),
    ...(raised.length === 0 ? [] : [`Raises ${raised.join(", ")}.`]),
  ].join("\n\n");
}

function body(method: ClientMethod, names: PythonNames): string {
  const { name, result, errors } = method;
  const level = errors.length === 0 ? 2 : 3;
  const call = bracketed("(", [stringLiteral(name), sent(method, names), "timeout=timeout"], ")");
  const head = `${result === undefined ? "" : "result = "}await self._rpc.call`;
  const declared = bracketed(
    "(",
    errors.map((error) => names.type(error.name)),
    ")",
  );
  return [
    errors.length === 0 ? "" : `${print("with DeclaredErrors", [declared, ":"], 2)}\n`,
    `${print(head, call, level)}\n`,
    result === undefined ? "" : `${decoded(method, result, names)}\n`,
  ].join("");
}

function sent(method: ClientMethod, names: PythonNames): Layout {
  const { params } = method;
  if (params === undefined) return "{}";
  const args = needsAdapter(params, names) ? ["params", adapterName(method, "params")] : ["params"];
  return bracketed("encode(", args, ")");
}

function decoded(method: ClientMethod, result: Type, names: PythonNames): string {
  const kind = needsAdapter(result, names)
    ? adapterName(method, "result")
    : flatText(annotation(result, names));
  const call = bracketed("(", [kind, "result"], ")");
  // A function that gives None has nothing to return.
  return print(isNull(result, names) ? "decode" : "return decode", call, 2);
}

function isNull(type: Type, names: PythonNames): boolean {
  const model = type.kind === "model" ? names.models.get(type.model) : undefined;
  return model?.kind === "alias" ? isNull(model.type, names) : type.kind === "null";
}

/** The text of `errors.py`. */
export function errorsFile(
  errors: readonly ApiError[],
  names: PythonNames,
  own: Readonly<Record<string, readonly string[]>>,
): string {
  const code = errors.map((error) => `\n${errorClass(error, names)}`).join("\n");
  return `${importsFor(code, own)}\n${code}`;
}

function errorClass({ name, code, description, details }: ApiError, names: PythonNames): string {
  const doc = docstring(1, description);
  const fields = [
    `${STEP}code = ${code}\n`,
    details === undefined
      ? ""
      : `${annotatedLine("details", annotation(details, names), undefined, 1)}\n`,
  ];
  const head = print(`class ${names.type(name)}`, ["(DeclaredError):"]);
  return [head, "\n", doc, doc === "" ? "" : "\n", ...fields].join("");
}
